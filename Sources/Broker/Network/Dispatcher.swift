import CoreMetrics
import KafkaProtocol
import NIOCore

/// Finds the API of a request and runs it. A class: all connections share it, and each request uses it.
final class Dispatcher: Sendable {
    private let byKey: [Api?]
    /// Those that Kafka does not have: their keys are too large for an array.
    private let own: [Int16: Api]
    private let apiVersions: ApiVersionsHandler
    private let quota: any RequestQuota
    private let trailingBytes: Counter

    init(_ apis: [Api], _ apiVersions: ApiVersionsHandler, _ quota: any RequestQuota, trailingBytes: Counter) {
        let kafkas = apis.filter { !$0.key.isOwn }
        var byKey = [Api?](repeating: nil, count: Int(kafkas.map(\.key.rawValue).max() ?? 0) + 1)
        for api in kafkas { byKey[Int(api.key.rawValue)] = api }
        self.byKey = byKey
        own = Dictionary(uniqueKeysWithValues: apis.filter(\.key.isOwn).map { ($0.key.rawValue, $0) })
        self.apiVersions = apiVersions
        self.quota = quota
        self.trailingBytes = trailingBytes
    }

    private func api(_ key: Int16) -> Api? { key >= 0 && key < byKey.count ? byKey[Int(key)] : own[key] }

    /// Runs a request; the result is why the connection has to be closed, if it has.
    func dispatch(_ frame: ByteBuffer, slot: UInt64, connection: Connection) -> String? {
        guard let (key, version) = frame.getMultipleIntegers(at: frame.readerIndex, as: (Int16, Int16).self) else {
            return "a request of \(frame.readableBytes) bytes is too short for a header"
        }
        guard let api = self.api(key) else {
            let name = ApiKey(rawValue: key).map { "\($0)" } ?? "not known"
            return "API key \(key) (\(name)) is not served on this listener"
        }
        var reader = WireReader(frame)
        reader.repairsText = true
        do throws(WireError) {
            if !api.versions.contains(version) {
                guard api.key == .apiVersions else {
                    return "\(api.key) has no version \(version) here; \(api.versions) are served"
                }
                // Any client must be able to find out what is served: answered in version 0.
                let header = try RequestHeader(from: &reader, version: 1)
                let request = Request(
                    connection: connection,
                    slot: slot,
                    api: api.key,
                    version: 0,
                    correlationId: header.correlationId,
                    clientId: header.clientId ?? ""
                )
                request.reply(apiVersions.response(version: 0, code: .unsupportedVersion))
                return nil
            }
            let header = try RequestHeader(from: &reader, version: api.key.requestHeaderVersion(version))
            let request = Request(
                connection: connection,
                slot: slot,
                api: api.key,
                version: version,
                correlationId: header.correlationId,
                clientId: header.clientId ?? ""
            )
            api.requests.increment()
            let pause = quota.holdBack(clientId: request.clientId, api: api.key, bytes: frame.readableBytes)
            if pause > 0 { connection.holdBack(millis: pause) }
            try api.run(&reader, request)
            if reader.remaining > 0 { trailingBytes.increment() }
            return nil
        } catch {
            return "a \(api.key) request of version \(version) is malformed: \(error)"
        }
    }
}
