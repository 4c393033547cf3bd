#!/usr/bin/env python3
"""Git servers on loopback for tests, all in one process that lives at most ten minutes.

remote_server.py STATE ROOT

Serves the repositories below ROOT by stock git, each way on a port of its own, which goes to the
file STATE/port-NAME:

    http         `git http-backend`; who wants to push needs no name
    http-auth    the same, for ada with the password "s3cret" only
    https        with STATE/tls.pem, and https-auth, with a password
    git          `git daemon`
    ssh          `sshd -i` with STATE/sshd_config, if there is one

Over http the first folders of a path may ask for bad manners; the rest is served after them:

    /status-N/          answers N
    /moved/             redirects to the same path without it, on this host
    /away/              redirects to the same path without it, on another name of this host
    /page/              answers with a web page
    /hang/ /trickle/    never answers, or a byte in a while
    /cut-N/             hangs up after N bytes of each answer's body
    /push-status-N/     answers N to the request of a push itself, not to what comes before
    /say-HEX/           advertises these bytes

Every request over http is noted in STATE/requests, one JSON object in a line.
"""

import base64
import http.server
import json
import os
import re
import socketserver
import ssl
import subprocess
import sys
import threading
import time

LIFETIME = 600
USER, PASSWORD = "ada", "s3cret"
lock = threading.Lock()


class Loopback(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64
    address = "127.0.0.1"

    def __init__(self, handler, state, root):
        super().__init__((self.address, 0), handler)
        self.state, self.root = state, root
        self.password = self.tls = None

    def get_request(self):
        # A client that trusts nobody must not stop the others, so hands are shaken later.
        connection, address = super().get_request()
        if self.tls:
            connection = self.tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request, client_address):
        pass  # clients that hang up are what the tests are about


class Inetd(socketserver.BaseRequestHandler):
    """A program that serves one connection on its standard input and output."""

    def handle(self):
        subprocess.run(
            self.server.program, stdin=self.request.fileno(), stdout=self.request.fileno(),
            stderr=self.server.log, check=False)


class Http(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    cut_after = None

    def log_message(self, *args):
        pass

    def note(self):
        line = {"method": self.command, "path": self.path,
                "authorization": self.headers.get("Authorization"),
                "host": self.headers.get("Host")}
        with lock, open(self.server.state + "/requests", "a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")

    def answer(self, code, headers=(), body=b""):
        self.close_connection = True
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                data = self.rfile.read(size)
                self.rfile.readline()
                if not size:
                    return
                yield data
        left = int(self.headers.get("Content-Length") or 0)
        while left:
            data = self.rfile.read(min(left, 65536))
            if not data:
                return
            left -= len(data)
            yield data

    def is_welcome(self):
        if self.server.password is None:
            return True
        wanted = base64.b64encode((USER + ":" + self.server.password).encode()).decode()
        return self.headers.get("Authorization") == "Basic " + wanted

    def misbehave(self, manner, rest):
        """Do what the manner asks; False when the request is served after all."""
        name, _, value = manner.partition("-")
        if name == "status":
            self.answer(int(value), body=b"no\n")
        elif name == "push" and self.command == "POST":
            self.answer(int(value.split("-")[1]), body=b"no\n")
        elif name in ("moved", "away"):
            host = self.headers["Host"]
            if name == "away":
                name, port = host.split(":")
                host = ("127.1" if name == "127.0.0.1" else "127.0.0.1") + ":" + port
            scheme = "https" if self.server.tls else "http"
            self.answer(301, [("Location", scheme + "://" + host + rest)])
        elif name == "page":
            self.answer(200, [("Content-Type", "text/html")], b"<p>Hello\n")
        elif name == "hang":
            time.sleep(LIFETIME)
        elif name == "say":
            service = rest.split("service=")[-1]
            self.answer(200, [("Content-Type", "application/x-" + service + "-advertisement")],
                        bytes.fromhex(value))
        elif name == "trickle":
            self.trickle(rest)
        elif name == "cut":
            self.cut_after = int(value)
            return False
        else:
            return False
        return True

    def trickle(self, rest):
        service = rest.split("service=")[-1]
        self.send_response(200)
        self.send_header("Content-Type", "application/x-" + service + "-advertisement")
        self.end_headers()
        line = b"# service=" + service.encode() + b"\n"
        text = b"%04x" % (len(line) + 4) + line + b"0000"
        for i in range(LIFETIME * 4):
            self.wfile.write(text[i:i + 1] or b"f")
            self.wfile.flush()
            time.sleep(0.25)

    def serve(self):
        self.note()
        path = self.path
        match = re.match(r"/((status|push-status|cut)-[0-9]+|say-[0-9a-f]+|"
                         r"moved|away|page|hang|trickle)(/.*)", path)
        if match:
            if self.misbehave(match.group(1), match.group(3)):
                return
            path = match.group(3)
        if not self.is_welcome():
            self.answer(401, [("WWW-Authenticate", 'Basic realm="test"')])
            return
        self.run_backend(path)

    do_GET = do_POST = serve

    def run_backend(self, path):
        name, _, query = path.partition("?")
        environment = {
            "PATH": os.environ["PATH"], "HOME": os.environ["HOME"],
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_PROJECT_ROOT": self.server.root,
            "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": name, "QUERY_STRING": query,
            "REQUEST_METHOD": self.command, "REMOTE_ADDR": "127.0.0.1", "REMOTE_USER": USER,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "GIT_HTTP_MAX_REQUEST_BUFFER": "100M",
        }
        if self.headers.get("Content-Length"):
            environment["CONTENT_LENGTH"] = self.headers["Content-Length"]
        with subprocess.Popen(["git", "http-backend"], env=environment,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as backend:
            feeder = threading.Thread(target=self.feed, args=(backend.stdin,), daemon=True)
            feeder.start()
            try:
                self.relay(backend.stdout)
            finally:
                backend.kill()
            feeder.join()

    def feed(self, pipe):
        try:
            for data in self.body():
                pipe.write(data)
        except (OSError, ValueError):
            pass
        try:
            pipe.close()
        except OSError:
            pass

    def relay(self, pipe):
        code, headers = 200, []
        for line in iter(pipe.readline, b""):
            line = line.rstrip(b"\r\n").decode()
            if not line:
                break
            name, _, value = line.partition(": ")
            if name.lower() == "status":
                code = int(value.split()[0])
            else:
                headers.append((name, value))
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = 0
        for data in iter(lambda: pipe.read1(65536), b""):
            if self.cut_after is not None and sent + len(data) > self.cut_after:
                data = data[:self.cut_after - sent]
                self.wfile.write(b"%x\r\n" % (len(data) + 1) + data)
                self.wfile.flush()
                self.close_connection = True
                return
            sent += len(data)
            self.wfile.write(b"%x\r\n" % len(data) + data + b"\r\n")
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()


def start(name, handler, state, root, change=None):
    server = Loopback(handler, state, root)
    if change:
        change(server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(state + "/port-" + name + ".new", "w", encoding="utf-8") as out:
        out.write(str(server.server_address[1]))
    os.rename(state + "/port-" + name + ".new", state + "/port-" + name)


def with_program(program, log):
    def change(server):
        server.program, server.log = program, log
    return change


def with_manners(password, tls):
    def change(server):
        server.password = password
        if tls:
            server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            server.tls.load_cert_chain(tls)
    return change


def main():
    state, root = sys.argv[1:3]
    tls = state + "/tls.pem"
    log = open(state + "/log", "ab")
    start("http", Http, state, root)
    start("http-auth", Http, state, root, with_manners(PASSWORD, None))
    if os.path.exists(tls):
        start("https", Http, state, root, with_manners(None, tls))
        start("https-auth", Http, state, root, with_manners(PASSWORD, tls))
    start("git", Inetd, state, root, with_program(
        ["git", "daemon", "--inetd", "--export-all", "--enable=receive-pack",
         "--base-path=" + root, root], log))
    if os.path.exists(state + "/sshd_config"):
        start("ssh", Inetd, state, root, with_program(
            ["/usr/sbin/sshd", "-i", "-e", "-f", state + "/sshd_config"], log))
    with open(state + "/ready", "w", encoding="utf-8") as out:
        out.write("yes\n")
    time.sleep(LIFETIME)


main()
