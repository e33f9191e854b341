"""Django's SQLite backend and one write lock for all threads and processes: engine `gateway.sqlite`."""
