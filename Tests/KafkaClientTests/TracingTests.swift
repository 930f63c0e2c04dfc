import Instrumentation
import KafkaRecords
import NIOCore
import ServiceContextModule
import Testing

@testable import KafkaClient
@testable import KafkaConnection

struct TracingTests {
    private enum TraceKey: ServiceContextKey { typealias Value = String }

    /// A tracer of one header.
    private struct Tracer: Instrument {
        func extract<Carrier, Extract: Extractor>(
            _ carrier: Carrier,
            into context: inout ServiceContext,
            using extractor: Extract
        ) where Extract.Carrier == Carrier {
            context[TraceKey.self] = extractor.extract(key: "traceparent", from: carrier)
        }

        func inject<Carrier, Inject: Injector>(
            _ context: ServiceContext,
            into carrier: inout Carrier,
            using injector: Inject
        ) where Inject.Carrier == Carrier {
            if let value = context[TraceKey.self] { injector.inject(value, forKey: "traceparent", into: &carrier) }
        }
    }

    @Test func theContextTravelsInTheHeaders() throws {
        InstrumentationSystem.bootstrap(Tracer())
        var record = ProducerRecord(topic: "t", value: nil, headers: [RecordHeader(key: "traceparent", value: nil)])
        TracingInterceptor().willSend(&record)
        #expect(record.headers.first?.value == nil, "without a context nothing changes")
        var context = ServiceContext.topLevel
        context[TraceKey.self] = "00-abc-def-01"
        ServiceContext.withValue(context) { TracingInterceptor().willSend(&record) }
        #expect(record.headers == [RecordHeader(key: "traceparent", value: ByteBuffer(string: "00-abc-def-01"))])
        var builder = RecordBatchBuilder(baseOffset: 0)
        builder.append(timestamp: 1, key: nil, value: nil, headers: record.headers)
        var cursor = try RecordBatch(try builder.build()).records()
        let view = try #require(try cursor.next())
        let received = ConsumedRecord(partition: TopicPartition("t", 0), view: view)
        #expect(received.serviceContext[TraceKey.self] == "00-abc-def-01")
    }
}
