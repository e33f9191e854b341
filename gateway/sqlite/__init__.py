"""Django's SQLite backend with one write lock between threads and processes (engine name `gateway.sqlite`)."""
