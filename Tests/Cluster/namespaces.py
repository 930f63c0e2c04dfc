"""Namespaces for nodes: of the network, with a router that drops what goes one way between two of them, and of mounts, with a small disk.

Each is held by a process that ends with this one, whatever becomes of it, and takes the namespace along with all that is in it: nothing outside of
them changes, and nothing is left behind.
"""

import ctypes
import os
import subprocess

NEW_NETWORK = 0x40000000  # CLONE_NEWNET


class Namespace:
    """`kind` is "net" or "mount", as `unshare` calls them."""

    def __init__(self, kind):
        # `cat` ends when there is nobody any more who could write to it.
        self.holder = subprocess.Popen(
            ["unshare", f"--{kind}", "sh", "-c", "echo ready && exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        if self.holder.stdout.readline() != "ready\n":
            reason = self.holder.stderr.read().strip()
            self.close()
            raise OSError(reason)
        self.path = f"/proc/{self.holder.pid}/ns/{'mnt' if kind == 'mount' else kind}"
        # What a command is started by, to be in there.
        self.launcher = ["nsenter", f"--{kind}={self.path}", "--"]

    def run(self, *command):
        done = subprocess.run([*self.launcher, *command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")

    def close(self):
        self.holder.stdin.close()
        self.holder.wait()
        self.holder.stdout.close()
        self.holder.stderr.close()


class Network:
    """`count` hosts, each in a namespace of its own with one line to a router, where this process is as long as the context lasts.

    Who is in the router reaches all hosts, whatever is cut between them.
    """

    def __init__(self, count):
        self.addresses = [self.address(number + 1) for number in range(count)]
        self.launchers = []
        self.spaces = []
        self.cuts = []
        self.home = None

    @staticmethod
    def address(number):
        return f"10.254.{number}.2"

    def __enter__(self):
        try:
            self.router = self._make()
            self.router.run("ip", "link", "set", "lo", "up")
            for number in range(1, len(self.addresses) + 1):
                self._add(number)
            self.router.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
            self._enter_router()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _make(self):
        self.spaces.append(Namespace("net"))
        return self.spaces[-1]

    def _add(self, number):
        host, line, gateway = self._make(), f"to-{number}", f"10.254.{number}.1"
        self.router.run("ip", "link", "add", line, "type", "veth", "peer", "name", "line", "netns", str(host.holder.pid))
        self.router.run("ip", "address", "add", f"{gateway}/24", "dev", line)
        self.router.run("ip", "link", "set", line, "up")
        host.run("ip", "link", "set", "lo", "up")
        host.run("ip", "address", "add", f"{self.address(number)}/24", "dev", "line")
        host.run("ip", "link", "set", "line", "up")
        host.run("ip", "route", "add", "default", "via", gateway)
        self.launchers.append(host.launcher)

    def _enter_router(self):
        """Threads and processes that are made from here on are in there, too."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        router = os.open(self.router.path, os.O_RDONLY)
        try:
            enter(router)
            self.home = home
        finally:
            os.close(router)
            if self.home is None:
                os.close(home)

    def __exit__(self, *_):
        if self.home is not None:
            enter(self.home)
            os.close(self.home)
        for space in self.spaces:
            space.close()

    def cut(self, source, target):
        """What host `source` sends to `target` is lost from here on, without a word to either. The other way stays open."""
        # By a rule of the router's: kernels without modules have neither netfilter nor the filters of `tc`, but they have routing.
        self._rule("add", source, target)
        self.cuts.append((source, target))

    def heal(self):
        while self.cuts:
            self._rule("del", *self.cuts.pop())

    def _rule(self, change, source, target):
        self.router.run("ip", "rule", change, "from", self.address(source), "to", self.address(target), "blackhole")


def enter(network):
    """Takes this thread to the network namespace that is open there."""
    if ctypes.CDLL(None, use_errno=True).setns(network, NEW_NETWORK) != 0:
        raise OSError(ctypes.get_errno(), f"setns: {os.strerror(ctypes.get_errno())}")


class SmallDisk:
    """A file system of so many bytes, for all processes at `path`, until it is closed."""

    def __init__(self, directory, size):
        self.directory = os.path.realpath(directory)
        os.makedirs(self.directory, exist_ok=True)
        self.space = Namespace("mount")
        try:
            self._mount(self.directory, size)
        except BaseException:
            self.close()
            raise
        # What the process sees there that holds the namespace.
        self.path = f"/proc/{self.space.holder.pid}/root{self.directory}"

    def _mount(self, path, size):
        self.space.run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path)

    def put_apart(self, name):
        """What is in this folder, and what comes, has a file system of its own."""
        folder = f"{self.directory}/{name}"
        self.space.run("mv", folder, f"{folder}.old")
        self.space.run("mkdir", folder)
        self._mount(folder, 16 << 20)
        self.space.run("sh", "-c", f"mv '{folder}.old'/* '{folder}' && rmdir '{folder}.old'")

    def close(self):
        self.space.close()


def refusal(attempt):
    """Why namespaces cannot be made here; None when `attempt` has made one."""
    if os.geteuid() != 0:
        return "only root may make namespaces here"
    try:
        attempt()
    except OSError as error:
        return f"namespaces cannot be made here: {error}"
    return None
