import Instrumentation
import NIOCore
import ServiceContextModule

/// Puts the trace context of the task that sends into the record's headers, as the tracer given to swift-distributed-tracing writes it: W3C's
/// `traceparent`, mostly.
public struct TracingInterceptor: ProducerInterceptor {
    public init() {}

    public func willSend(_ record: inout ProducerRecord) {
        guard let context = ServiceContext.current else { return }
        InstrumentationSystem.instrument.inject(context, into: &record.headers, using: HeaderCarrier())
    }
}

extension ProducerInterceptor where Self == TracingInterceptor {
    public static var tracing: TracingInterceptor { TracingInterceptor() }
}

extension ConsumedRecord {
    /// The trace context that the sender put into the headers: for `ServiceContext.withValue` around what is done with the record.
    public var serviceContext: ServiceContext {
        var context = ServiceContext.topLevel
        InstrumentationSystem.instrument.extract(headers, into: &context, using: HeaderCarrier())
        return context
    }
}

/// Headers as a tracer reads and writes them.
private struct HeaderCarrier: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into headers: inout [RecordHeader]) {
        headers.removeAll { $0.key == key }
        headers.append(RecordHeader(key: key, value: ByteBuffer(string: value)))
    }

    func extract(key: String, from headers: [RecordHeader]) -> String? {
        headers.last { $0.key == key }?.value.map { String(buffer: $0) }
    }
}
