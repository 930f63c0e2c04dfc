import KafkaRecords
import NIOCore
import World

extension LogSlice {
    /// Brings the bytes into memory, and compares whole batches with their checksums on the way: what the device gives is not taken on trust.
    /// Blocks on the disk.
    ///
    /// - Returns: what is wrong and how many bytes before it are right; nil when nothing is, or when that is not to be known for want of reading.
    package func readAhead() -> (problem: String, rightBytes: Int)? {
        let end = position + Int64(count)
        var scanner = BatchScanner(file, from: position, to: end, windowSize: 1 << 20)
        do {
            while case .batch(let header, let place) = try scanner.nextHeader() {
                guard let bytes = try scanner.batchBytes(at: place, size: header.totalSize),
                    let batch = try? RecordBatch(bytes), batch.isChecksumValid
                else {
                    return ("the checksum of the batch at offset \(header.baseOffset) is wrong", Int(place - position))
                }
            }
            // The last batch may be cut off; of old formats all is left.
            var rest = scanner.position
            while rest < end {
                _ = try file.read(at: rest, count: Int(min(1 << 20, end - rest)))
                rest += 1 << 20
            }
        } catch {
            // Whoever sends the bytes finds the same.
            return nil
        }
        return nil
    }

    /// The first of its bytes.
    package func prefix(_ count: Int) -> LogSlice {
        LogSlice(
            file: file,
            position: position,
            count: count,
            held: held.flatMap { $0.getSlice(at: $0.readerIndex, length: count) }
        )
    }
}
