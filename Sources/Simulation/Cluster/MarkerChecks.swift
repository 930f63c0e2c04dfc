import KafkaProtocol
import KafkaRecords

/// T6: the ends of transactions in one partition's log.
struct MarkerChecks {
    private struct Producer: Hashable {
        var id: Int64
        var epoch: Int16
    }

    /// With `transaction.version` 2 each transaction has an epoch of its own, below that of its marker.
    let hasOneForEachEpoch: Bool
    private var ended: [Producer: Int64] = [:]
    private var coordinatorEpochs: [Int64: Int32] = [:]

    init(hasOneForEachEpoch: Bool) { self.hasOneForEachEpoch = hasOneForEachEpoch }

    /// - Parameter batches: in the order of the log.
    /// - Returns: what is wrong.
    mutating func violations(in batches: [RecordBatch]) -> [String] {
        var found: [String] = []
        for batch in batches {
            guard batch.header.isControl, let marker = EndTransactionMarker(batch) else { continue }
            let header = batch.header
            let producer = Producer(id: header.producerId, epoch: header.producerEpoch)
            let what = "the marker at offset \(header.baseOffset) of producer \(producer.id) epoch \(producer.epoch)"
            if hasOneForEachEpoch, let before = ended[producer] {
                found.append("\(what) has one before it at \(before)")
            }
            ended[producer] = header.baseOffset
            if let before = coordinatorEpochs[producer.id], marker.coordinatorEpoch < before {
                found.append("\(what) is of coordinator epoch \(marker.coordinatorEpoch), behind one of \(before)")
            }
            coordinatorEpochs[producer.id] = marker.coordinatorEpoch
        }
        return found
    }
}

extension Run {
    /// On all disks, when nothing is written any more.
    ///
    /// - Parameter isVersionSteady: whether `transaction.version` was 2 all the time.
    func checkMarkers(isVersionSteady: Bool) {
        for node in brokers {
            for partition in Transfers.partitions + Transfers.copyPartitions {
                var checks = MarkerChecks(hasOneForEachEpoch: isVersionSteady)
                let batches = ReplicaChecks.batches(of: partition, node.disk)
                for problem in checks.violations(in: batches).prefix(3) {
                    timeline.violated("T6", "\(node.name), \(partition): \(problem)")
                }
            }
        }
    }
}
