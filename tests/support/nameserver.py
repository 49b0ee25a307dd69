# SPDX-License-Identifier: BSD-2-Clause
"""A real name server on loopback (NSD) with a root zone of its own, signed, half signed and broken zones below.

    with NameServer() as dns:
        dns.zone("example", "mail A 192.0.2.1", ...)              # signed, secure from the root on
        dns.zone("plain", "mail A 192.0.2.2", signed=False)
        dns.zone("broken", "mail A 192.0.2.3", spoil=("192.0.2.3", "192.0.2.99"))
        dns.start()
        mail.configure(**dns.parameters())
"""

import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from instance import free_port, wait_until

ALGORITHM = "ECDSAP256SHA256"
HEAD = """$ORIGIN {origin}
$TTL 60
@ SOA ns.example. hostmaster.example. 1 3600 600 86400 60
@ NS ns.example.
"""
CONF = """server:
  ip-address: 127.0.0.1@{port}
  do-ip6: no
  username: ""
  chroot: ""
  server-count: 1
  database: ""
  zonesdir: "{folder}"
  pidfile: "{folder}/nsd.pid"
  zonelistfile: "{folder}/zone.list"
  xfrdfile: "{folder}/xfrd.state"
  xfrdir: "{folder}"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
"""


def probe(port):
    """Whether something answers a question for the root's SOA."""
    question = b"\0\1\0\0\0\1\0\0\0\0\0\0\0\0\6\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.2)
        try:
            client.sendto(question, ("127.0.0.1", port))
            return len(client.recv(512)) > 12
        except OSError:
            return False


class NameServer:
    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="postroad-dns-"))
        self.folder.chmod(0o755)
        self.port = free_port()
        self.anchor = self.folder / "root.key"
        self.zones = {}  # name: (text, signed, spoil)
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def zone(self, name, *records, signed=True, spoil=None):
        """
        Records as in a zone file. spoil: (old, new) text put into the zone after it was signed, so that
        the signature is wrong. `example` is always there: it has the name server.
        """
        self.zones[name] = (list(records), signed, spoil)

    def parameters(self, **more):
        """What main.cf needs for a resolver that asks this server."""
        return {
            "resolver_servers": f"127.0.0.1:{self.port}",
            "resolver_trust_anchor_file": self.anchor,
            "resolver_hosts_file": "",
        } | more

    def run(self, *command):
        return subprocess.run(
            [str(part) for part in command], cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout

    def write(self, name, records, signed, spoil):
        """A zone file as it is served. The DS records of a signed zone."""
        origin = f"{name}." if name != "." else "."
        path = self.folder / f"zone-{name}"
        path.write_text(HEAD.format(origin=origin) + "".join(f"{record}\n" for record in records))
        if not signed:
            return []
        key = self.run("ldns-keygen", "-a", ALGORITHM, "-k", origin).strip()
        self.run("ldns-signzone", "-o", origin, "-f", path, path, key)
        if spoil:
            text = path.read_text()
            assert spoil[0] in text
            path.write_text(text.replace(*spoil))
        return [(self.folder / f"{key}.ds").read_text()]

    def start(self):
        self.zones.setdefault("example", ([], True, None))
        self.zones["example"][0].append("ns A 127.0.0.1")
        root = ["ns.example. A 127.0.0.1"]
        for name, rest in self.zones.items():
            root += [f"{name}. NS ns.example.", *self.write(name, *rest)]
        self.anchor.write_text("".join(self.write(".", root, True, None)))
        conf = CONF.format(port=self.port, folder=self.folder)
        for name in [".", *self.zones]:
            conf += f'zone:\n  name: "{name}"\n  zonefile: "zone-{name}"\n'
        (self.folder / "nsd.conf").write_text(conf)
        self.launch()

    def launch(self):
        with open(self.folder / "words", "ab") as words:
            self.process = subprocess.Popen(
                ["/usr/sbin/nsd", "-d", "-c", self.folder / "nsd.conf"],
                stdin=subprocess.DEVNULL, stdout=words, stderr=words, cwd=self.folder,
            )  # fmt: skip
        try:
            wait_until(lambda: probe(self.port), 10, "a name server")
        except TimeoutError:
            raise TimeoutError((self.folder / "words").read_text()) from None

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None
