import KafkaConnection
import KafkaProtocol

/// What the nodes of a cluster remember of their decisions.
package struct ClusterDecisions: Sendable {
    package struct Row: Sendable {
        package var node: Int32
        package var decision: DescribeDecisionsResponse.Decision

        package init(node: Int32, _ decision: DescribeDecisionsResponse.Decision) {
            (self.node, self.decision) = (node, decision)
        }
    }

    /// A node that told nothing.
    package struct Silence: Sendable {
        package var node: Int32
        package var reason: KafkaError

        package init(node: Int32, reason: KafkaError) { (self.node, self.reason) = (node, reason) }
    }

    /// By the clocks of the nodes, the oldest first.
    package var rows: [Row] = []
    package var silent: [Silence] = []
    /// Since when each node remembers; milliseconds since 1970.
    package var since: [(node: Int32, millis: Int64)] = []

    package init() {}

    /// Takes what a node answered.
    mutating func add(_ node: Int32, _ answer: Result<DescribeDecisionsResponse, KafkaError>) {
        switch answer {
        case .success(let response):
            since.append((node, response.sinceMs))
            rows += response.decisions.map { Row(node: node, $0) }
        case .failure(let reason): silent.append(Silence(node: node, reason: reason))
        }
    }

    /// Puts all in order, with the last `limit` decisions.
    mutating func finish(limit: Int) {
        rows.sort { left, right in
            (left.decision.atMs, left.node, left.decision.number) < (
                right.decision.atMs, right.node, right.decision.number
            )
        }
        rows = rows.suffix(limit)
        silent.sort { $0.node < $1.node }
        since.sort { $0.node < $1.node }
    }
}

extension Admin {
    /// Asks all nodes for their last decisions: brokers, fenced ones too, and controllers. A node that does not answer is named with its reason.
    ///
    /// - Parameters:
    ///   - subjects: nil is all.
    ///   - limit: no more than so many, of each node and of all.
    /// - Throws: `KafkaError`, `.unsupported` when no node is Ottla's.
    package func describeDecisions(
        about subjects: [DescribeDecisionsRequest.DecisionSubject]?,
        limit: Int32
    ) async throws(KafkaError) -> ClusterDecisions {
        var request = DescribeDecisionsRequest()
        (request.subjects, request.limit) = (subjects, limit)
        let nodes = try await decidingNodes()
        var found = ClusterDecisions()
        await withTaskGroup(of: (Int32, Result<DescribeDecisionsResponse, KafkaError>).self) { [request] group in
            for (id, address) in nodes { group.addTask { (id, await self.ask(request, address)) } }
            for await (id, answer) in group { found.add(id, answer) }
        }
        found.finish(limit: Int(limit))
        if found.since.isEmpty, let first = found.silent.first,
            found.silent.allSatisfy({ $0.reason.code == .unsupported })
        {
            throw first.reason
        }
        return found
    }

    private func ask(
        _ request: DescribeDecisionsRequest,
        _ address: BrokerAddress
    ) async -> Result<DescribeDecisionsResponse, KafkaError> {
        do throws(KafkaError) {
            let connection = try await cluster.pool.connection(to: address)
            let response = try await ClusterClient.askOwn(connection) { _ in request }
            try response.errorCode.check(response.errorMessage)
            return .success(response)
        } catch { return .failure(error) }
    }

    /// Brokers where clients reach them, and the controllers that are no brokers.
    private func decidingNodes() async throws(KafkaError) -> [(id: Int32, address: BrokerAddress)] {
        var nodes = try await listBrokers().map { (id: $0.id, address: $0.address) }
        for (id, address) in await controllers() where !nodes.contains(where: { $0.id == id }) {
            nodes.append((id, address))
        }
        return nodes
    }

    /// As far as the broker that is asked knows them, whether there is a leader or not.
    private func controllers() async -> [(Int32, BrokerAddress)] {
        do throws(KafkaError) {
            let connection = try await cluster.connection(to: .any)
            let response: DescribeQuorumResponse = try await connection.send { _ in DescribeQuorumRequest.ofMetadata }
            return response.nodes.compactMap { node in
                node.listeners.first.map { (node.nodeId, BrokerAddress(host: $0.host, port: Int($0.port))) }
            }
        } catch { return [] }
    }
}
