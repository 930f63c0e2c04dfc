"""What clients of a cluster sent, were told and read, and whether it is what a log may do.

A history is a list of events, each a dictionary (a line of JSON in a file), in the order in which this process noted them:

  {"event": "send", "value": v, "producer": p, "partition": n}     p gives v away; p sends the values of a partition in this order
  {"event": "ack", "value": v, "partition": n, "offset": o}        the cluster says that it has v there
  {"event": "fail", "value": v, "definite": bool}                  it was refused; definite: it was not and will not be written
  {"event": "read", "reader": r, "partition": n, "offset": o, "value": v}

The reader "final" reads every partition from its beginning to its end when all faults are over.
"""

import collections
import json


def load(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def check(events, idempotent=True):
    """Sentences that say what is wrong; none when all is well."""
    return History(events).problems(idempotent)


class History:
    def __init__(self, events):
        self.sent = {}  # value: (producer, partition, place in the producer's order, number of the event)
        self.acked = {}  # value: (partition, offset, number of the event)
        self.refused = {}  # value: definite
        self.reads = []
        self.final = collections.defaultdict(list)  # partition: [(offset, value)]
        for number, event in enumerate(events):
            kind = event["event"]
            if kind == "send":
                self.sent[event["value"]] = (event["producer"], event["partition"], len(self.sent), number)
            elif kind == "ack":
                self.acked[event["value"]] = (event["partition"], event["offset"], number)
            elif kind == "fail":
                self.refused[event["value"]] = event["definite"]
            elif kind == "read":
                self.reads.append(event)
                if event["reader"] == "final":
                    self.final[event["partition"]].append((event["offset"], event["value"]))
            else:
                raise ValueError(f"an event of the kind {kind}")

    def problems(self, idempotent):
        found = self.lost() + self.invented() + self.moved() + self.out_of_order(idempotent) + self.against_time()
        if idempotent:
            found += self.repeated()
        return found

    def places(self):
        places = collections.defaultdict(list)
        for partition, log in self.final.items():
            for offset, value in log:
                places[value].append((partition, offset))
        return places

    def lost(self):
        """I1: what was acknowledged is there, where the acknowledgement said."""
        places = self.places()
        found = []
        for value, (partition, offset, _) in self.acked.items():
            if value not in places:
                found.append(f"lost: {value} was acknowledged at {partition}@{offset} and is not in the log")
            elif offset >= 0 and (partition, offset) not in places[value]:
                found.append(f"elsewhere: {value} was acknowledged at {partition}@{offset} and is at {places[value]}")
        return found

    def repeated(self):
        """I4: with an idempotent producer each value is there once."""
        return [f"repeated: {value} is at {where}" for value, where in self.places().items() if len(where) > 1]

    def invented(self):
        """I5: nothing is read that was not sent, or was refused for good."""
        found = []
        for event in self.reads:
            if event["value"] not in self.sent:
                found.append(f"invented: {event['value']} was read and never sent")
            elif self.refused.get(event["value"]):
                found.append(f"refused and read: {event['value']}")
            elif self.sent[event["value"]][1] != event["partition"]:
                found.append(f"other partition: {event['value']} was sent to {self.sent[event['value']][1]}, read from {event['partition']}")
        return found

    def moved(self):
        """I2: whoever reads an offset, and whenever, reads the same."""
        found, known = [], {}
        for event in self.reads:
            place = (event["partition"], event["offset"])
            if known.setdefault(place, event["value"]) != event["value"]:
                found.append(f"changed: {place[0]}@{place[1]} was {known[place]} and then {event['value']}")
        return found

    def out_of_order(self, idempotent):
        """I3: offsets rise for each reader; a producer's values keep their order."""
        found, last = [], {}
        for event in self.reads:
            key = (event["reader"], event["partition"])
            if event["reader"] == "final" and event["offset"] <= last.get(key, -1):
                found.append(f"back: {key[0]} read {key[1]}@{event['offset']} behind {last[key]}")
            last[key] = event["offset"]
        if not idempotent:
            return found
        newest = {}
        for partition, log in sorted(self.final.items()):
            for offset, value in sorted(log):
                if value not in self.sent:
                    continue
                producer, _, place, _ = self.sent[value]
                key = (producer, partition)
                if place < newest.get(key, (-1, None))[0]:
                    found.append(f"order: {value} of {producer} stands behind {newest[key][1]} in {partition}, which was sent later")
                else:
                    newest[key] = (place, value)
        return found

    def against_time(self):
        """I3: what is sent after an acknowledgement stands behind what was acknowledged."""
        found = []
        by_partition = collections.defaultdict(list)
        for value, (partition, offset, number) in self.acked.items():
            if offset >= 0:
                by_partition[partition].append((number, offset, value))
        for partition, acks in by_partition.items():
            acks.sort()
            sends = sorted((self.sent[value][3], offset, value) for _, offset, value in acks if value in self.sent)
            highest, place = (-1, None), 0
            for number, offset, value in sends:
                while place < len(acks) and acks[place][0] < number:
                    highest = max(highest, (acks[place][1], acks[place][2]))
                    place += 1
                if offset <= highest[0]:
                    found.append(f"time: {value} at {partition}@{offset} was sent after {highest[1]} was acknowledged at {highest[0]}")
        return found
