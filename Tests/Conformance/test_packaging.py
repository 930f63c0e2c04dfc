"""What ships for systemd and for containers, as far as it can be tried without either."""

import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

from broker import ROOT, Broker, binary

UNIT = ROOT / "packaging" / "ottla.service"
CONTAINERFILE = ROOT / "packaging" / "Containerfile"


def needs(tool):
    if shutil.which(tool) is None:
        print(f"{tool} is not installed; .ci/run installs it")
        pytest.skip(f"{tool} is not installed")


def settings(name):
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)


def test_systemd_understands_the_unit(tmp_path):
    needs("systemd-analyze")
    unit = tmp_path / "ottla.service"
    unit.write_text(UNIT.read_text().replace("/usr/local/bin/ottla", str(pathlib.Path(binary()).resolve())))
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60)
    assert verified.returncode == 0 and verified.stderr == "", verified.stderr
    # 0 is no exposure, 100 the most; a service without any hardening has 96.
    judged = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)], capture_output=True, text=True, timeout=60)
    assert judged.returncode == 0, judged.stdout[-300:]


def test_the_unit_says_what_the_node_does():
    assert settings("Type") == ["notify"]
    assert settings("RestartPreventExitStatus") == ["64 78"]
    assert int(settings("LimitNOFILE")[0]) >= 100_000
    command = shlex.split(settings("ExecStart")[0])
    assert command[:2] == ["/usr/local/bin/ottla", "serve"]
    # The configuration that ships names the directory that the service may write to.
    directory = f"/var/lib/{settings('StateDirectory')[0]}"
    assert f"log.dirs={directory}\n" in (ROOT / "packaging" / "server.properties").read_text()


def test_the_configuration_that_ships_works(tmp_path):
    text = (ROOT / "packaging" / "server.properties").read_text()
    file = tmp_path / "server.properties"
    file.write_text(text.replace("/var/lib/ottla", str(tmp_path / "data")).replace(":9092", ":0"))
    with Broker(args=["--config", str(file)]) as broker:
        assert "WARNING" not in broker.logs()
        assert broker.stop() == 0


def test_installing_puts_everything_in_place_and_keeps_a_configuration(tmp_path):
    def install():
        command = ["make", "--no-print-directory", "install", f"DESTDIR={tmp_path}", "PREFIX=/opt/ottla", f"RELEASE={binary()}"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)

    install()
    assert subprocess.run([tmp_path / "opt/ottla/bin/ottla", "--version"], capture_output=True, timeout=20).returncode == 0
    assert "ExecStart=/opt/ottla/bin/ottla serve" in (tmp_path / "etc/systemd/system/ottla.service").read_text()
    mine = tmp_path / "etc/ottla/server.properties"
    mine.write_text("mine")
    install()
    assert mine.read_text() == "mine"


def instructions():
    """Keyword and rest of each instruction; lines that go on are joined."""
    text = re.sub(r"\\\n\s*", "", "\n".join(line for line in CONTAINERFILE.read_text().splitlines() if not line.startswith("#")))
    return [line.split(" ", 1) for line in text.splitlines() if line.strip()]


def test_the_containerfile_uses_what_is_there():
    known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
    found = instructions()
    assert found[0][0] == "FROM" and {keyword for keyword, _ in found} == known
    for keyword, rest in found:
        words = rest.split()
        if keyword == "COPY" and not words[0].startswith("--from="):
            for source in words[:-1]:
                assert (ROOT / source).exists(), source
    # SwiftPM reads the directories of all targets.
    copied = {word for keyword, rest in found if keyword == "COPY" for word in rest.split()[:-1]}
    for path in re.findall(r'path: "([^"/]+)', (ROOT / "Package.swift").read_text()) + ["Sources", "Tests"]:
        assert path in copied, path
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    made = re.findall(r"make ([a-z-]+)", " ".join(rest for keyword, rest in found if keyword == "RUN"))
    assert made == ["build", "install"] and set(made) <= set(targets)


def test_the_container_runs_the_node_without_root():
    found = {keyword: rest for keyword, rest in instructions()}
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", found["USER"]), "a number: platforms can see that it is not root"
    assert found["ENTRYPOINT"] == '["/usr/local/bin/ottla"]' and found["STOPSIGNAL"] == "SIGTERM"
    command = re.findall(r'"([^"]*)"', found["CMD"])
    assert command[0] == "serve" and command[command.index("--data") + 1] == found["VOLUME"]
    assert command[command.index("--listen") + 1] == "0.0.0.0:" + found["EXPOSE"]


def test_the_container_has_the_libraries_that_the_command_needs():
    """Those of the C++ runtime and glibc come with the base image or the packages that are named."""
    packages = {"libz.so": "zlib1g", "libsnappy.so": "libsnappy1v5", "liblz4.so": "liblz4-1", "libzstd.so": "libzstd1", "libstdc++.so": "libstdc++6"}
    base = {"libc.so", "libm.so", "libgcc_s.so", "linux-vdso.so", "libdl.so", "libpthread.so", "librt.so"}
    installed = [rest for keyword, rest in instructions() if keyword == "RUN" and "apt-get install" in rest][0].split()
    needed = subprocess.run(["ldd", binary()], capture_output=True, text=True, check=True, timeout=20).stdout
    for library in re.findall(r"^\s*(lib[^ /]+?\.so)[.0-9]*", needed, re.MULTILINE):
        # A debug build has Swift's libraries beside it; `make build` links them in.
        if library in base or re.search(rf"{re.escape(library)}\S* => \S*/swift/", needed):
            continue
        assert packages[library] in installed, library
    # Not linked, but loaded for a login by SCRAM.
    assert "libssl3" in installed


def test_a_node_does_not_load_what_only_logins_need():
    with Broker() as broker:
        assert "libcrypto" not in pathlib.Path(f"/proc/{broker.pid}/maps").read_text()
