"""SMSGate's API for programs: Basic by API login or JWT, SMS by phones, errors as one `message`."""

LABEL = "SMSGate"
ROOTS = ("3rdparty/v1/", "api/3rdparty/v1/")
