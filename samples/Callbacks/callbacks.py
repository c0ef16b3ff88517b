"""Hands an HTTP call in that must be made in the end, and is its receiver too, which is busy the first time. Exit code 0: the second attempt
came, signed, and under the same key. Python alone: python3 callbacks.py http://127.0.0.1:8080"""
import hashlib
import hmac
import json
import os
import re
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

server = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
secret = os.environ.get("HOLDFAST_CALLBACK_SECRET", "").encode()
done = {}  # what has been done, by key; in earnest a table with a unique key
attempts = 0


def is_from_holdfast(headers, body):
    match = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers.get("Holdfast-Signature", ""))
    if match is None or abs(time.time() - int(match[1])) > 300:
        return False
    signed = f"{match[1]}.{headers['Holdfast-Retry-Id']}.".encode() + body
    return hmac.compare_digest(hmac.new(secret, signed, hashlib.sha256).hexdigest(), match[2])


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        global attempts
        attempts += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if attempts == 1:
            return self.answer(503, {"Retry-After": "1"})
        if not is_from_holdfast(self.headers, body):
            return self.answer(401)
        done.setdefault(self.headers["Idempotency-Key"], json.loads(body))  # a repeat changes nothing
        self.answer(204)
        threading.Thread(target=self.server.shutdown).start()

    def answer(self, status, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def hand_in(target):
    operation = {
        "operation_type": "http_callback",
        "target": target,
        "payload": {"method": "POST", "body": {"order": 17}},
        "correlation_id": f"order-17-paid-{os.getpid()}",  # handed in twice, it is one item
    }
    request = urllib.request.Request(server.rstrip("/") + "/api/retries", json.dumps(operation).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 202


receiver = HTTPServer(("127.0.0.1", 0), Receiver)
hand_in(f"http://127.0.0.1:{receiver.server_port}/paid")
receiver.serve_forever()
print(f"attempts: {attempts}, done: {list(done.values())}")
sys.exit(0 if attempts == 2 and len(done) == 1 else 1)
