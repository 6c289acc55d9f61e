"""A TLS server of one version, for OldTlsTest: prints its port, and answers every request with 404.

Usage: tls_server.py TLSv1_1|TLSv1_2|TLSv1_3 CERTIFICATE KEY
"""

import socket
import ssl
import sys
import warnings

version, certificate, key = sys.argv[1:]
warnings.simplefilter("ignore", DeprecationWarning)   # that the old versions are deprecated is the point
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.set_ciphers("ALL:@SECLEVEL=0")   # without which OpenSSL 3 speaks nothing older than TLS 1.2
context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
context.load_cert_chain(certificate, key)
with socket.create_server(("127.0.0.1", 0)) as listener:
    print("port", listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        try:
            with context.wrap_socket(client, server_side=True) as stream:
                stream.recv(4096)
                stream.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        except OSError as error:
            print(error, flush=True)
