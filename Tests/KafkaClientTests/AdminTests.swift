import KafkaProtocol
import NIOCore
import Synchronization
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// What the admin client asks for and makes of the answers, where Ottla's own broker does not serve the API yet.
struct AdminTests {
    private let zero = TopicPartition("t", 0), one = TopicPartition("t", 1)

    @Test func electionsTellWhichPartitionsGotNoLeader() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            broker.on(ElectLeadersRequest.self) { request in
                #expect(request.electionType == 1)
                #expect(request.topicPartitions?.map(\.partitions) == [[0, 1]])
                var results: [ElectLeadersResponse.PartitionResult] = []
                for (index, code) in [(0, ErrorCode.electionNotNeeded), (1, .eligibleLeadersNotAvailable)] {
                    var result = ElectLeadersResponse.PartitionResult()
                    (result.partitionId, result.errorCode, result.errorMessage) = (
                        Int32(index), code, "no replica is alive"
                    )
                    results.append(result)
                }
                var topic = ElectLeadersResponse.ReplicaElectionResult()
                (topic.topic, topic.partitionResult) = ("t", results)
                var response = ElectLeadersResponse()
                response.replicaElectionResults = [topic]
                return response
            }
            let errors = try await admin.electLeaders(.unclean, [one, zero])
            #expect(errors == [one: .refused(.eligibleLeadersNotAvailable, "no replica is alive")])
        }
    }

    @Test func reassignmentsAreAskedForEndedAndListed() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            broker.on(AlterPartitionReassignmentsRequest.self) { request in
                #expect(request.topics.first?.partitions.map(\.replicas) == [[2, 3], nil])
                var partition = AlterPartitionReassignmentsResponse.ReassignablePartitionResponse()
                (partition.partitionIndex, partition.errorCode) = (1, .noReassignmentInProgress)
                var topic = AlterPartitionReassignmentsResponse.ReassignableTopicResponse()
                (topic.name, topic.partitions) = ("t", [partition])
                var response = AlterPartitionReassignmentsResponse()
                response.responses = [topic]
                return response
            }
            broker.on(ListPartitionReassignmentsRequest.self) { request in
                #expect(request.topics == nil)
                var partition = ListPartitionReassignmentsResponse.OngoingPartitionReassignment()
                (partition.replicas, partition.addingReplicas, partition.removingReplicas) = ([1, 2], [2], [1])
                var topic = ListPartitionReassignmentsResponse.OngoingTopicReassignment()
                (topic.name, topic.partitions) = ("t", [partition])
                var response = ListPartitionReassignmentsResponse()
                response.topics = [topic]
                return response
            }
            let errors = try await admin.alterReassignments([zero: [2, 3], one: nil])
            #expect(errors.keys.sorted() == [one] && errors[one]?.serverCode == .noReassignmentInProgress)
            let moves = try await admin.listReassignments()
            #expect(moves == [zero: Reassignment(replicas: [1, 2], adding: [2], removing: [1])])
        }
    }

    @Test func rulesOfAccessAreMadeFoundAndDeleted() async throws {
        let rule = AccessRule(.allow, .read, on: .topic, "or", pattern: .prefixed, principal: "User:alice")
        try await ScriptedBroker.withAdmin { broker, admin in
            broker.on(CreateAclsRequest.self) { request in
                let entry = request.creations.first
                #expect(entry?.resourceType == 2 && entry?.resourcePatternType == 4 && entry?.resourceName == "or")
                #expect(entry?.operation == 3 && entry?.permissionType == 3 && entry?.host == "*")
                var response = CreateAclsResponse()
                response.results = [CreateAclsResponse.AclCreationResult()]
                return response
            }
            broker.on(DescribeAclsRequest.self) { request in
                #expect(request.resourceTypeFilter == 2 && request.patternTypeFilter == 1 && request.operation == 1)
                var known = DescribeAclsResponse.AclDescription()
                (known.principal, known.host, known.operation, known.permissionType) = ("User:alice", "*", 3, 3)
                var unknown = known
                unknown.operation = 99
                var resource = DescribeAclsResponse.DescribeAclsResource()
                (resource.resourceType, resource.resourceName, resource.patternType) = (2, "or", 4)
                resource.acls = [known, unknown]
                var response = DescribeAclsResponse()
                response.resources = [resource]
                return response
            }
            broker.on(DeleteAclsRequest.self) { request in
                #expect(request.filters.first?.principalFilter == "User:alice")
                var result = DeleteAclsResponse.DeleteAclsFilterResult()
                (result.errorCode, result.errorMessage) = (.securityDisabled, "no authorizer is configured")
                var response = DeleteAclsResponse()
                response.filterResults = [result]
                return response
            }
            try await admin.createAccess(rule)
            let found = try await admin.describeAccess(AccessFilter(resource: .topic))
            #expect(found == [rule])
            await #expect(throws: KafkaError.refused(.securityDisabled, "no authorizer is configured")) {
                try await admin.deleteAccess(AccessFilter(principal: "User:alice"))
            }
        }
    }

    @Test func quotasAreSetAndRead() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            broker.on(AlterClientQuotasRequest.self) { request in
                let entry = request.entries.first
                #expect(entry?.entity.map(\.entityName) == ["c", nil])
                #expect(entry?.ops.map(\.remove) == [true, false] && entry?.ops.last?.value == 1024)
                return AlterClientQuotasResponse()
            }
            let values: [String: Double?] = ["producer_byte_rate": 1024, "consumer_byte_rate": nil]
            broker.on(DescribeClientQuotasRequest.self) { _ in
                var entity = DescribeClientQuotasResponse.EntityData()
                (entity.entityType, entity.entityName) = ("user", nil)
                var value = DescribeClientQuotasResponse.ValueData()
                (value.key, value.value) = ("producer_byte_rate", 1024)
                var entry = DescribeClientQuotasResponse.EntryData()
                (entry.entity, entry.values) = ([entity], [value])
                var response = DescribeClientQuotasResponse()
                response.entries = [entry]
                return response
            }
            try await admin.alterQuotas(["user": nil, "client-id": "c"], values)
            let all = try await admin.describeQuotas()
            #expect(all == [["user": nil]: ["producer_byte_rate": 1024]])
        }
    }

    @Test func passwordsAreHashedHereAndNeverSent() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            broker.on(AlterUserScramCredentialsRequest.self) { request in
                var response = AlterUserScramCredentialsResponse()
                response.results = (request.upsertions.map(\.name) + request.deletions.map(\.name)).map { name in
                    var result = AlterUserScramCredentialsResponse.AlterUserScramCredentialsResult()
                    result.user = name
                    if name == "nobody" { result.errorCode = .resourceNotFound }
                    return result
                }
                for entry in request.upsertions {
                    let salt = Array(entry.salt.readableBytesView)
                    let expected = try? Digest.sha256.stretched(Array("secret".utf8), salt: salt, iterations: 5000)
                    #expect(salt.count >= 16 && Array(entry.saltedPassword.readableBytesView) == expected)
                    #expect(entry.mechanism == 1 && entry.iterations == 5000)
                }
                return response
            }
            broker.on(DescribeUserScramCredentialsRequest.self) { request in
                #expect(request.users?.map(\.name) == ["anna", "nobody"])
                var known = DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult()
                var info = DescribeUserScramCredentialsResponse.CredentialInfo()
                (info.mechanism, info.iterations) = (1, 5000)
                (known.user, known.credentialInfos) = ("anna", [info])
                var unknown = DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult()
                (unknown.user, unknown.errorCode) = ("nobody", .resourceNotFound)
                var response = DescribeUserScramCredentialsResponse()
                response.results = [known, unknown]
                return response
            }
            try await admin.setPassword("secret", of: "anna", ScramCredential(.sha256, iterations: 5000))
            #expect(
                try await admin.describeScramCredentials(of: ["anna", "nobody"])
                    == ["anna": [ScramCredential(.sha256, iterations: 5000)]]
            )
            let missing = await #expect(throws: KafkaError.self) {
                try await admin.deletePassword(of: "nobody", .sha512)
            }
            #expect(missing?.serverCode == .resourceNotFound)
            await #expect(throws: KafkaError.self) {
                try await admin.setPassword("secret", of: "anna", ScramCredential(.sha256, iterations: 1))
            }
        }
    }

    @Test func tokensAreMadeRenewedAndEnded() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            broker.on(CreateDelegationTokenRequest.self) { request in
                #expect(request.renewers.map(\.principalName) == ["bert"] && request.maxLifetimeMs == 60_000)
                var response = CreateDelegationTokenResponse()
                (response.tokenId, response.principalType, response.principalName) = ("id", "User", "anna")
                (response.hmac, response.maxTimestampMs) = (ByteBuffer(string: "proof"), 99)
                return response
            }
            broker.on(RenewDelegationTokenRequest.self) { request in
                #expect(String(buffer: request.hmac) == "proof" && request.renewPeriodMs == 5000)
                var response = RenewDelegationTokenResponse()
                response.expiryTimestampMs = 7
                return response
            }
            broker.on(ExpireDelegationTokenRequest.self) { request in
                #expect(request.expiryTimePeriodMs == -1)
                var response = ExpireDelegationTokenResponse()
                response.errorCode = .delegationTokenNotFound
                return response
            }
            broker.on(DescribeDelegationTokenRequest.self) { request in
                #expect(request.owners?.map(\.principalName) == ["anna"])
                var token = DescribeDelegationTokenResponse.DescribedDelegationToken()
                (token.tokenId, token.principalType, token.principalName) = ("id", "User", "anna")
                var response = DescribeDelegationTokenResponse()
                response.tokens = [token]
                return response
            }
            let token = try await admin.createDelegationToken(renewers: ["User:bert"], lifetime: .seconds(60))
            #expect(token.owner == "User:anna" && token.maxMillis == 99 && !"\(token)".contains("proof"))
            #expect(try await admin.renew(token, by: .seconds(5)) == 7)
            let gone = await #expect(throws: KafkaError.self) { try await admin.expire(token) }
            #expect(gone?.serverCode == .delegationTokenNotFound)
            #expect(try await admin.describeDelegationTokens(of: ["User:anna"]).map(\.id) == ["id"])
            await #expect(throws: KafkaError.self) { try await admin.describeDelegationTokens(of: ["anna"]) }
        }
    }

    @Test func votersComeAndGo() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            let directory = KafkaUUID(high: 1, low: 2)
            broker.on(AddRaftVoterRequest.self) { request in
                #expect(request.voterId == 3 && request.voterDirectoryId == directory)
                #expect(request.listeners.map(\.name) == ["CONTROLLER"] && request.listeners.map(\.port) == [9093])
                return AddRaftVoterResponse()
            }
            broker.on(RemoveRaftVoterRequest.self) { _ in
                var response = RemoveRaftVoterResponse()
                (response.errorCode, response.errorMessage) = (.voterNotFound, "no voter 3")
                return response
            }
            let address = BrokerAddress(host: "c", port: 9093)
            try await admin.addQuorumVoter(3, directory: directory, listeners: ["CONTROLLER": address])
            await #expect(throws: KafkaError.refused(.voterNotFound, "no voter 3")) {
                try await admin.removeQuorumVoter(3, directory: directory)
            }
        }
    }

    @Test func transactionsAreListedAndDescribed() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            broker.on(ListTransactionsRequest.self) { request in
                var state = ListTransactionsResponse.TransactionState()
                (state.transactionalId, state.producerId, state.transactionState) = ("pay", 7, "Ongoing")
                var response = ListTransactionsResponse()
                if request.transactionalIdPattern == "(" { response.errorCode = .invalidRegularExpression }
                response.transactionStates = [state]
                return response
            }
            broker.on(DescribeTransactionsRequest.self) { request in
                var topic = DescribeTransactionsResponse.TopicData()
                (topic.topic, topic.partitions) = ("t", [1, 0])
                var state = DescribeTransactionsResponse.TransactionState()
                (state.transactionalId, state.transactionState, state.producerId) = (
                    request.transactionalIds[0], "Ongoing", 7
                )
                (state.transactionStartTimeMs, state.topics) = (-1, [topic])
                var response = DescribeTransactionsResponse()
                response.transactionStates = [state]
                return response
            }
            let all = try await admin.listTransactions()
            #expect(
                all == [TransactionListing(transactionalId: "pay", producerId: 7, state: "Ongoing", coordinator: 1)]
            )
            #expect(try await admin.listTransactions(matching: "p.*") == all)
            let reason = "broker 1 does not take '(' as a regular expression of RE2's syntax"
            await #expect(throws: KafkaError.refused(.invalidRegularExpression, reason)) {
                try await admin.listTransactions(matching: "(")
            }
            let pay = try await admin.describeTransaction("pay")
            #expect(pay.partitions == [zero, one] && pay.startMillis == nil && pay.producerId == 7)
        }
    }

    @Test func whatTheBrokerDoesNotHaveIsSaid() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            broker.on(UnregisterBrokerRequest.self) { request in
                var response = UnregisterBrokerResponse()
                (response.errorCode, response.errorMessage) = (
                    .brokerIdNotRegistered, "there is no broker \(request.brokerId)"
                )
                return response
            }
            await #expect(throws: KafkaError(.unsupported, "the broker does not support the API updateFeatures")) {
                try await admin.updateFeatures(["metadata.version": 20])
            }
            await #expect(throws: KafkaError.refused(.brokerIdNotRegistered, "there is no broker 9")) {
                try await admin.unregisterBroker(9)
            }
            // An old broker has no coordinators of transactions.
            broker.on(FindCoordinatorRequest.self, versions: 0...0) { _ in FindCoordinatorResponse() }
            broker.on(DescribeTransactionsRequest.self) { _ in DescribeTransactionsResponse() }
            let fresh = Admin(broker.configuration)
            await #expect(throws: KafkaError(.unsupported, "the broker does not support transactions")) {
                try await fresh.describeTransaction("pay")
            }
            await fresh.close()
        }
    }

    @Test func whatPassesIsTriedAgainAndTheAnswerIsNotWaitedForForever() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            let calls = Mutex(0)
            broker.on(DescribeQuorumRequest.self) { _ in
                let number = calls.withLock { calls in
                    calls += 1
                    return calls
                }
                var response = DescribeQuorumResponse()
                if number < 4 {
                    response.errorCode = .notController
                    return response
                }
                var partition = DescribeQuorumResponse.PartitionData()
                partition.leaderId = 1
                var topic = DescribeQuorumResponse.TopicData()
                topic.partitions = [partition]
                response.topics = [topic]
                return response
            }
            let quorum = try await admin.describeQuorum()
            #expect(quorum.leaderId == 1)
            #expect(calls.withLock { $0 } == 4)
        }
    }

    /// KIP-320: a broker that was deposed and does not know it yet would tell of an end that is not the log's.
    @Test func offsetsAreAskedForInTheLeaderEpochOfTheMetadata() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            let epochs = Mutex<[Int32]>([])
            broker.leaderEpoch.withLock { $0 = 3 }
            broker.on(ListOffsetsRequest.self) { request in
                let epoch = request.topics.first?.partitions.first?.currentLeaderEpoch ?? -1
                epochs.withLock { $0.append(epoch) }
                broker.leaderEpoch.withLock { $0 = 4 }
                var entry = ListOffsetsResponse.ListOffsetsPartitionResponse()
                (entry.errorCode, entry.offset) = epoch < 4 ? (.fencedLeaderEpoch, -1) : (.none, 7)
                var topic = ListOffsetsResponse.ListOffsetsTopicResponse()
                (topic.name, topic.partitions) = ("t", [entry])
                var response = ListOffsetsResponse()
                response.topics = [topic]
                return response
            }
            let ends = try await admin.listOffsets([zero], .latest)
            #expect(ends == [zero: 7])
            #expect(epochs.withLock { $0 } == [3, 4])
        }
    }

    /// The active controller moves, or the broker that was asked has lost its connection to it.
    @Test func changesThatFoundNoControllerAreTriedAgain() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            let calls = Mutex(0)
            broker.on(IncrementalAlterConfigsRequest.self) { request in
                let isFirst = calls.withLock { calls in
                    calls += 1
                    return calls == 1
                }
                var result = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse()
                result.errorCode = isFirst ? .notController : .none
                var response = IncrementalAlterConfigsResponse()
                response.responses = [result]
                return response
            }
            try await admin.alterConfig(.topic("t"), ["retention.ms": .set("1")])
            #expect(calls.withLock { $0 } == 2)
        }
    }
}
