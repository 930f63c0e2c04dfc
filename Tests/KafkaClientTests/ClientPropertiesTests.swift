import KafkaRecords
import Testing

@testable import KafkaClient
@testable import KafkaConnection

struct ClientPropertiesTests {
    private func consumer(_ values: [String: String]) throws -> ConsumerConfiguration {
        try ConsumerConfiguration(ClientProperties(values.merging(["bootstrap.servers": "h:1"]) { $1 }))
    }

    private func producer(_ values: [String: String]) throws -> ProducerConfiguration {
        try ProducerConfiguration(ClientProperties(values.merging(["bootstrap.servers": "h:1"]) { $1 }))
    }

    private func problem(_ body: () throws -> Void) -> String {
        do { try body() } catch let error as KafkaError { return "\(error.code): \(error.message)" } catch {}
        return "none"
    }

    @Test func oneFileServesProducersAndConsumers() throws {
        let properties = try ClientProperties(
            parsing: """
                # both
                bootstrap.servers = a:1, b:2
                client.id: me
                compression.type=lz4
                linger.ms=20
                acks=1
                group.id=g
                auto.offset.reset=by_duration:P1DT2H3M4S
                partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor, range
                """
        )
        let producer = try ProducerConfiguration(properties), consumer = try ConsumerConfiguration(properties)
        #expect(producer.client.bootstrapServers.map(\.description) == ["a:1", "b:2"])
        #expect(producer.client.clientId == "me" && consumer.client.clientId == "me")
        #expect(producer.compression == .lz4 && producer.linger == .milliseconds(20))
        #expect(producer.acks == .leader && !producer.isIdempotent, "fewer acks than all exclude idempotence")
        #expect(producer.inFlightLimit == 20 && ProducerConfiguration(producer.client).inFlightLimit == 5)
        #expect(consumer.groupId == "g" && consumer.assignors.map(\.name) == ["cooperative-sticky", "range"])
        guard case .byDuration(let duration) = consumer.reset else { Issue.record("another reset"); return }
        #expect(duration == .seconds(86_400 + 7200 + 180 + 4))
    }

    @Test func withoutIdempotenceMoreMayBeUnderWay() throws {
        let settings = ["bootstrap.servers": "a:1", "acks": "1", "max.in.flight.requests.per.connection": "100"]
        #expect(try ProducerConfiguration(ClientProperties(settings)).inFlightLimit == 100)
        // What was not said follows what is changed later.
        var changed = try ProducerConfiguration(ClientProperties(["bootstrap.servers": "a:1", "acks": "1"]))
        (changed.acks, changed.isIdempotent) = (.all, true)
        try changed.check()
        #expect(changed.inFlightLimit == 5)
    }

    @Test func whatIsNotPossibleIsNamed() {
        #expect(problem { _ = try ClientProperties(["lingr.ms": "1"]) } == "invalid: unknown client setting 'lingr.ms'")
        #expect(
            problem { _ = try ClientConfiguration(ClientProperties([:])) } == "invalid: bootstrap.servers is missing"
        )
        #expect(
            problem { _ = try producer(["linger.ms": "-1"]) }.hasPrefix("invalid: linger.ms cannot be '-1': a number")
        )
        #expect(
            problem { _ = try producer(["acks": "2"]) }
                == "invalid: acks cannot be '2': one of 0, 1, all, -1 is expected"
        )
        #expect(
            problem { _ = try producer(["acks": "1", "enable.idempotence": "true"]) }.contains("requires acks=all")
        )
        #expect(problem { _ = try producer(["max.in.flight.requests.per.connection": "6"]) }.contains("1 to 5 with"))
        #expect(problem { _ = try producer(["max.in.flight.requests.per.connection": "0"]) }.contains("from 1 to"))
        #expect(problem { _ = try consumer(["enable.auto.commit": "yes"]) }.contains("true or false is expected"))
        #expect(
            problem { _ = try consumer(["partition.assignment.strategy": "range,best"]) }.contains("a list of range")
        )
        #expect(
            problem { _ = try consumer(["group.id": "g", "session.timeout.ms": "1000"]) }.contains(
                "heartbeat.interval.ms"
            )
        )
        for text in [
            "by_duration:", "by_duration:P", "by_duration:PT", "by_duration:P1H", "by_duration:PT1M1H",
            "by_duration:P1",
        ] {
            #expect(problem { _ = try consumer(["auto.offset.reset": text]) }.contains("cannot be"), "\(text)")
        }
    }

    @Test func everythingThatIsWrongIsNamedAtOnce() throws {
        let text = problem {
            _ = try producer(["linger.ms": "soon", "acks": "2", "batch.size": "0", "security.protocol": "SASL_SSL"])
        }
        for part in ["linger.ms cannot be", "acks cannot be", "batch.size cannot be", "sasl.mechanism is missing"] {
            #expect(text.contains(part), "\(text)")
        }
        let unknown = problem { _ = try ClientProperties(["a": "1", "b": "2"]) }
        #expect(unknown == "invalid: unknown client setting 'a'; unknown client setting 'b'")
        // What a program sets is held to the same rules.
        var client = ClientConfiguration(bootstrapServers: [])
        client.requestTimeout = .seconds(-1)
        var sending = ProducerConfiguration(client)
        (sending.acks, sending.bufferBytes, sending.transactionalId) = (.leader, 1, "")
        #expect(
            problem { _ = try Producer(sending) } == "invalid: bootstrap.servers is empty; host:port is expected; "
                + "request.timeout.ms is -1000; it has to be 0 to 2147483647; transactional.id is empty; "
                + "enable.idempotence requires acks=all; "
                + "buffer.memory is 1; it has to be at least max.request.size, 1048576"
        )
        var reading = ConsumerConfiguration(ClientConfiguration(bootstrapServers: [BrokerAddress(host: "h", port: 0)]))
        (reading.fetchMaxBytes, reading.heartbeatInterval) = (0, .seconds(60))
        let consumer = Consumer(reading)
        let refused = problem { try consumer.assign([TopicPartition("t", 0): 0]) }
        #expect(
            refused == "invalid: bootstrap.servers: 'h:0' is not an address; host:port is expected; "
                + "fetch.max.bytes is 0; it has to be 1 to 2147483647; "
                + "heartbeat.interval.ms is 60000; it has to be less than session.timeout.ms, 45000"
        )
        #expect(problem { try consumer.subscribe(to: ["t"]) }.hasPrefix("invalid: subscribe requires group.id; "))
    }

    @Test func whatAdminIsGivenIsChecked() async throws {
        let admin = Admin(ClientConfiguration(bootstrapServers: []))
        await #expect(throws: KafkaError(.invalid, "bootstrap.servers is empty; host:port is expected")) {
            try await admin.describeCluster()
        }
        await admin.close()
    }
}
