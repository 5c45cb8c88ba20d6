"""Stands in for the api and the simulator: answers every request, on the port its variable names."""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ["DATABASE_URL"].split("@")[1].encode())


def serve(variable: str) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ[variable])), Handler)
    sys.stdout.write("serving\n")
    server.serve_forever()
