import KafkaProtocol

/// How a replica stands to compaction, in words and fields.
struct CompactionText {
    let broker: Int32
    let partition: DescribeCompactionResponse.CompactedPartition

    /// What the next pass waits for.
    var next: String {
        if partition.errorCode != .none { return partition.errorCode.message }
        guard let wait = CompactionWait(rawValue: partition.wait) else { return "not known to this version" }
        switch wait {
        case .dirtyRatio:
            return "less than \(Self.ratio(partition.minCleanableRatio).cell) is dirty (min.cleanable.dirty.ratio)"
        case .setAside: return "set aside: \(partition.waitReason ?? "")"
        case .passUnderWay: return partition.passUnderWay.map { "under way: \(Self.progress($0))" } ?? "under way"
        case .unstableRecords: return "\(Self.words(wait)), from offset \(partition.firstUncleanableOffset)"
        default: return Self.words(wait, until: partition.waitUntilMs)
        }
    }

    /// What keeps a log from being compacted.
    static func words(_ wait: CompactionWait, until: Int64 = -1) -> String {
        switch wait {
        case .nothingDirty: "nothing is dirty"
        case .activeSegment: "what is dirty lies in the active segment"
        case .youngRecords:
            "records are younger than min.compaction.lag.ms" + (until >= 0 ? ", until \(time(until).cell)" : "")
        case .unstableRecords: "records are of an open transaction, or not replicated"
        case .dirtyRatio: "too little is dirty"
        case .turn: "due"
        case .passUnderWay: "under way"
        case .setAside: "set aside"
        case .cleanerOff: "log.cleaner.enable is false"
        }
    }

    static func progress(_ pass: DescribeCompactionResponse.PassUnderWay) -> String {
        "\(pass.bytesRead) of \(pass.bytesToRead) bytes read, \(pass.bytesKept) kept"
    }

    /// A row of `ottla topic describe`.
    func add(to table: inout Table) {
        let last = partition.lastPass
        table.add(
            Value(partition.partitionIndex),
            Value(broker),
            ratio,
            Value(partition.cleanableBytes),
            Value(partition.heldBytes),
            last.map { Self.time($0.startedAtMs) } ?? .none,
            Value(last?.durationMs),
            Value(last?.bytesBefore),
            Value(last?.bytesAfter),
            Value(last?.recordsKept),
            Value(last.map { $0.recordsRead - $0.recordsKept }),
            .text(last?.errorMessage.map { "\(next); the last pass failed: \($0)" } ?? next)
        )
    }

    static var table: Table {
        Table(
            "partition",
            "broker",
            "dirty_ratio",
            "dirty_bytes",
            "held_bytes",
            "last_pass",
            "millis",
            "bytes_before",
            "bytes_after",
            "records_kept",
            "records_removed",
            "next_pass"
        )
    }

    var fields: Value {
        .fields([
            ("broker", Value(broker)),
            ("error", partition.errorCode == .none ? .none : .text(partition.errorCode.name)),
            ("dirty_ratio", ratio),
            ("min_dirty_ratio", Self.ratio(partition.minCleanableRatio)),
            ("clean_bytes", Value(partition.cleanBytes)),
            ("dirty_bytes", Value(partition.cleanableBytes)),
            ("held_bytes", Value(partition.heldBytes)),
            ("first_dirty_offset", Self.offset(partition.firstDirtyOffset)),
            ("first_uncleanable_offset", Self.offset(partition.firstUncleanableOffset)),
            ("next_pass", .text(CompactionWait(rawValue: partition.wait).map { "\($0)" } ?? "\(partition.wait)")),
            ("next_pass_after", Self.offset(partition.waitUntilMs)),
            ("reason", Value(partition.waitReason)),
            ("pass", partition.passUnderWay.map(Self.fields) ?? .none),
            ("last_pass", partition.lastPass.map(Self.fields) ?? .none),
        ])
    }

    private static func fields(_ pass: DescribeCompactionResponse.PassUnderWay) -> Value {
        .fields([
            ("started", Value(pass.startedAtMs)), ("cause", cause(pass.cause)),
            ("bytes_to_read", Value(pass.bytesToRead)), ("bytes_read", Value(pass.bytesRead)),
            ("bytes_kept", Value(pass.bytesKept)),
        ])
    }

    private static func fields(_ pass: DescribeCompactionResponse.EndedPass) -> Value {
        .fields([
            ("started", Value(pass.startedAtMs)), ("millis", Value(pass.durationMs)), ("cause", cause(pass.cause)),
            ("error", Value(pass.errorMessage)), ("cleaned_offset", Value(pass.cleanedOffset)),
            ("bytes_before", Value(pass.bytesBefore)), ("bytes_after", Value(pass.bytesAfter)),
            ("segments_before", Value(pass.segmentsBefore)), ("segments_after", Value(pass.segmentsAfter)),
            ("records_kept", Value(pass.recordsKept)), ("records_removed", Value(pass.recordsRead - pass.recordsKept)),
            ("tombstones_removed", Value(pass.tombstonesRemoved)), ("keyless_removed", Value(pass.keylessRemoved)),
        ])
    }

    private static func cause(_ raw: Int8) -> Value {
        .text(CompactionCause(rawValue: raw).map { "\($0)" } ?? "\(raw)")
    }

    /// -1 stands for none.
    private static func offset(_ number: Int64) -> Value { number >= 0 ? Value(number) : .none }

    /// The part of what could be clean that is dirty.
    private var ratio: Value {
        let all = partition.cleanBytes + partition.cleanableBytes
        return Self.ratio(all > 0 ? Double(partition.cleanableBytes) / Double(all) : 0)
    }

    private static func ratio(_ value: Double) -> Value { .decimal(value, digits: 2) }

    static func time(_ millis: Int64) -> Value {
        .text(timeText(seconds: Int(millis / 1000), millis: Int(millis % 1000)))
    }
}
