import KafkaProtocol

/// What the partitions hold at the end, and what follows from it for what was promised.
struct FinalLog {
    struct Entry {
        var offset: Int64
        var value: String
    }

    struct Contents {
        var start: Int64 = 0
        var entries: [Entry] = []

        /// The value at an offset; nil where there is none.
        subscript(offset: Int64) -> String? {
            let index = offset - start
            guard index >= 0, index < entries.count, entries[Int(index)].offset == offset else { return nil }
            return entries[Int(index)].value
        }
    }

    var partitions: [TopicPartition: Contents] = [:]

    /// - Returns: for each violation the invariant and what is wrong.
    func violations(of history: History) -> [(invariant: String, what: String)] {
        gaps() + losses(history) + vanished(history) + repeated(history) + swapped(history)
    }

    private var sorted: [(key: TopicPartition, value: Contents)] { partitions.sorted { $0.key < $1.key } }

    /// I3: without gaps.
    private func gaps() -> [(String, String)] {
        sorted.compactMap { partition, contents in
            let wrong = contents.entries.enumerated().first { $0.element.offset != contents.start + Int64($0.offset) }
            guard let wrong else { return nil }
            let expected = contents.start + Int64(wrong.offset)
            return ("I3", "\(partition) has offset \(wrong.element.offset) where \(expected) is to be")
        }
    }

    /// I1: what an answer promised is there.
    private func losses(_ history: History) -> [(String, String)] {
        var values: [TopicPartition: Set<String>] = [:]
        for (partition, contents) in partitions { values[partition] = Set(contents.entries.map(\.value)) }
        return history.sent.sorted { $0.key < $1.key }.compactMap { value, sent in
            // Compacted topics have checks of their own.
            guard case .acknowledged(let offset, _) = sent.outcome, history.isPromise(sent, offset),
                !CompactedTopics.partitions.contains(sent.partition)
            else { return nil }
            let contents = partitions[sent.partition] ?? Contents()
            let isThere =
                offset < 0
                ? values[sent.partition]?.contains(value) == true || contents.start > 0
                : offset < contents.start || contents[offset] == value
            if isThere { return nil }
            return ("I1", "\(value) was acknowledged at \(sent.partition)@\(offset) and is not there")
        }
    }

    /// I6: what could be read can still be.
    private func vanished(_ history: History) -> [(String, String)] {
        history.found.keys.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }.compactMap { place in
            if CompactedTopics.partitions.contains(place.partition) { return nil }
            let contents = partitions[place.partition] ?? Contents()
            guard place.offset >= contents.start + Int64(contents.entries.count),
                place.offset <= history.keptUpTo(place.partition)
            else { return nil }
            return ("I6", "\(place.text) was read before, and is not there")
        }
    }

    /// I4, and I3 for an idempotent producer's records.
    private func repeated(_ history: History) -> [(String, String)] {
        if history.isIdempotenceVoid { return [] }
        var found: [(String, String)] = []
        for (partition, contents) in sorted {
            var last: [String: (number: Int, value: String)] = [:]
            for entry in contents.entries {
                guard let sent = history.sent[entry.value], sent.kind == .idempotent else { continue }
                if let before = last[sent.producer], before.number >= sent.number {
                    let what = before.number == sent.number ? "twice" : "after \(before.value)"
                    found.append(("I4", "\(entry.value) is in \(partition) \(what)"))
                }
                last[sent.producer] = (sent.number, entry.value)
            }
        }
        return found
    }

    /// I3: what was acknowledged before another was sent comes before it, whatever became of the other.
    private func swapped(_ history: History) -> [(String, String)] {
        var found: [(String, String)] = []
        for (partition, contents) in sorted {
            var earliest: (moment: Int, value: String) = (.max, "")
            for entry in contents.entries.reversed() {
                guard let sent = history.sent[entry.value] else { continue }
                if earliest.moment < sent.begun {
                    let what = "\(entry.value) at \(partition)@\(entry.offset) comes before \(earliest.value)"
                    found.append(("I3", "\(what), which was acknowledged before it was sent"))
                }
                if case .acknowledged(entry.offset, let moment) = sent.outcome, moment < earliest.moment {
                    earliest = (moment, entry.value)
                }
            }
        }
        return found
    }
}
