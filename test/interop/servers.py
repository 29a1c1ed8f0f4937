"""Server programs of a test: a child process that ends with the test, and a page to protect."""

import contextlib
import ctypes
import http.server
import signal
import socket
import subprocess
import threading
import time

START_LIMIT = 30  # seconds
PR_SET_PDEATHSIG = 1


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@contextlib.contextmanager
def running(command, log, port, environment=None):
    """Runs a server until it answers on its port, and stops it afterwards."""
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment,
                                   preexec_fn=die_with_parent)
    try:
        await_port(process, port, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def await_port(process, port, log):
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    with open(log, encoding="utf-8", errors="replace") as file:
        raise RuntimeError(f"{process.args[0]} doesn't answer on {port}: {file.read()[-2000:]}")


class Headers(http.server.BaseHTTPRequestHandler):
    """Answers with the headers that it was asked with."""

    def do_GET(self):
        body = str(self.headers).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *values):
        pass


def protected_page():
    """Starts the page that only people who signed in may see; its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Headers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port
