import KafkaClient
import Testing

/// This file imports nothing but the client: what the client's own declarations are made of has to come with it, members included.
struct ExportsTests {
    @Test func whoImportsTheClientNeedsNothingElseForItsDeclarations() throws {
        let key = TopicPartition("t", 1)
        let error = KafkaError(.refused, "no", serverCode: ErrorCode.unknownTopicOrPartition)
        #expect(key.partition == 1 && error.serverCode?.isRetriable == true)
        var tls = TLSOptions()
        tls.trust = TLSOptions.PEM.text(Secret("pem"))
        let token = OAuthToken("token")
        let provider: any OAuthTokenProvider = OAuthTokenFile(path: "/token")
        var client = ClientConfiguration(bootstrapServers: [BrokerAddress(host: "kafka", port: 9092)])
        (client.tls, client.sasl) = (tls, SASL.oauthBearer(provider))
        #expect(client.sasl?.mechanism == "OAUTHBEARER" && token.value.exposed == "token")
        var producer = ProducerConfiguration(client)
        producer.compression = Compression.gzip
        let header = Record.Header(key: "h", value: ByteBuffer(string: "v"))
        #expect(ProducerRecord(topic: "t", value: nil, headers: [header]).headers.first?.value?.readableBytes == 1)
        let read: (ConsumedBatch, (RecordView) -> Int64) throws -> Void = { batch, offset in
            try batch.forEach { _ = offset($0) }
        }
        let remove: (Admin, Int32, KafkaUUID) async throws -> Void = { admin, id, directory in
            try await admin.removeQuorumVoter(id, directory: directory)
        }
        _ = (read, remove)
    }
}
