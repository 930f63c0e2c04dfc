"""Compares what the nodes of a stopped cluster have on their disks: replicas have the same batches."""

import glob
import os
import struct


def batches(directory):
    """(base offset, last offset, leader epoch, CRC) of each batch of a partition's log, in order."""
    found = []
    for path in sorted(glob.glob(os.path.join(directory, "*.log"))):
        with open(path, "rb") as file:
            data = file.read()
        at = 0
        while at + 61 <= len(data):
            base, size, epoch, _, crc, _, delta = struct.unpack_from(">qiibIhi", data, at)
            if size <= 0 or at + 12 + size > len(data):
                break
            found.append((base, base + delta, epoch, crc))
            at += 12 + size
    return found


def differences(nodes, topic, partitions):
    """Sentences; none when all replicas of a topic are the same from the latest log start on."""
    found = []
    for number in range(partitions):
        logs = {}
        for node in nodes:
            places = [os.path.join(data, f"{topic}-{number}") for data in node.data.split(",")]
            found_here = [place for place in places if os.path.isdir(place)]
            if len(found_here) > 1:
                found.append(f"{topic}-{number}: node {node.id} has it in {' and '.join(found_here)}")
            elif found_here:
                logs[node.id] = batches(found_here[0])
        start = max((log[0][0] for log in logs.values() if log), default=0)
        logs = {node: [batch for batch in log if batch[0] >= start] for node, log in logs.items()}
        first = next(iter(logs.values()), [])
        for node, log in logs.items():
            if log != first:
                place = next((i for i, (one, other) in enumerate(zip(log, first)) if one != other), min(len(log), len(first)))
                found.append(
                    f"{topic}-{number}: node {node} has {len(log)} batches and node {next(iter(logs))} {len(first)}; "
                    f"they part at batch {place}: {log[place:place + 1]} and {first[place:place + 1]}"
                )
    return found
