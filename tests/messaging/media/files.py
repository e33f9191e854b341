"""Small files of every format, by what they begin with."""

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(100)
GIF = b"GIF89a" + bytes(100)
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(100)
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(100)
M4A = b"\x00\x00\x00\x18ftypM4A " + bytes(100)
THREE_GP = b"\x00\x00\x00\x18ftyp3gp5" + bytes(100)
QUICKTIME = b"\x00\x00\x00\x14ftypqt  " + bytes(100)
HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(100)
OGG = b"OggS\x00\x02" + bytes(100)
MP3 = b"ID3\x04\x00" + bytes(100)
MP3_BARE = b"\xff\xfb\x90\x64" + bytes(100)
AAC = b"\xff\xf1\x50\x80" + bytes(100)
AMR = b"#!AMR\n" + bytes(100)
PDF = b"%PDF-1.7\n" + bytes(100)
DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)
DOCX = b"PK\x03\x04\x14\x00[Content_Types].xml" + bytes(50) + b"PK\x03\x04word/document.xml"
XLSX = b"PK\x03\x04\x14\x00[Content_Types].xml" + bytes(50) + b"PK\x03\x04xl/workbook.xml"
OFFICE = b"PK\x03\x04\x14\x00[Content_Types].xml" + bytes(5000)
ZIP = b"PK\x03\x04\x14\x00payload.exe" + bytes(100)
TEXT = "Grüße, 你好\n".encode()
HTML = b" \n<!DOCTYPE html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
XML = b'\xef\xbb\xbf<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>'
EXE = b"MZ\x90\x00" + bytes(100)
