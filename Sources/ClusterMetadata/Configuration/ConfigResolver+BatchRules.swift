import KafkaRecords

extension ConfigResolver {
    /// The rules for records that a topic's configuration makes.
    package func batchRules(_ overrides: [String: String]) -> BatchRules {
        var rules = BatchRules()
        rules.maxBatchBytes = Int(topicInt("max.message.bytes", overrides))
        rules.timestampBeforeMaxMillis = topicInt("message.timestamp.before.max.ms", overrides)
        rules.timestampAfterMaxMillis = topicInt("message.timestamp.after.max.ms", overrides)
        rules.isLogAppendTime = topicValue("message.timestamp.type", overrides) == "LogAppendTime"
        rules.isCompacted = ConfigValue.list(topicValue("cleanup.policy", overrides) ?? "").contains("compact")
        switch topicValue("compression.type", overrides) {
        case "uncompressed": rules.storedCompression = Compression.none
        case "gzip":
            rules.storedCompression = .gzip
            rules.compressionLevel = Int(topicInt("compression.gzip.level", overrides))
        case "snappy": rules.storedCompression = .snappy
        case "lz4":
            rules.storedCompression = .lz4
            rules.compressionLevel = Int(topicInt("compression.lz4.level", overrides))
        case "zstd":
            rules.storedCompression = .zstd
            rules.compressionLevel = Int(topicInt("compression.zstd.level", overrides))
        default: break
        }
        return rules
    }
}
