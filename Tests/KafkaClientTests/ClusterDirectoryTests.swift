import KafkaProtocol
import TestSupport
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// Which way leads to a broker, with answers as the tests want them.
struct ClusterDirectoryTests {
    private var directory = ClusterDirectory()
    private let group = Coordinated(kind: .group, name: "g")

    private func members(_ ids: Int32..., controller: Int32 = -1) -> ClusterDescription {
        var response = MetadataResponse()
        response.controllerId = controller
        response.brokers = ids.map { id in
            var broker = MetadataResponse.MetadataResponseBroker()
            (broker.nodeId, broker.host, broker.port) = (id, "b\(id)", 9092)
            return broker
        }
        return ClusterDescription(response)
    }

    private func address(_ id: Int) -> BrokerAddress { BrokerAddress(host: "b\(id)", port: 9092) }

    @Test mutating func membersAreAskedForBeforeOneIsLookedFor() {
        #expect(directory.step(to: .any, isFresh: false) == .connectToAny)
        #expect(directory.step(to: .broker(2), isFresh: false) == .askForMembers)
        #expect(directory.step(to: .controller, isFresh: false) == .askForMembers)
        directory.learn(members(1, 2, controller: 1))
        #expect(directory.step(to: .broker(2), isFresh: false) == .connect(address(2)))
        #expect(directory.step(to: .controller, isFresh: false) == .connect(address(1)))
    }

    @Test mutating func whoIsNotAmongTheMembersIsAskedForOnceMore() {
        directory.learn(members(1, 2))
        #expect(directory.step(to: .broker(3), isFresh: false) == .askForMembers)
        guard case .refuse(let error) = directory.step(to: .broker(3), isFresh: true) else {
            return #expect(Bool(false), "a broker that is not there is found")
        }
        #expect(error.message == "broker 3 is not in the cluster; its brokers are 1, 2")
        directory.learn(members(1, 2, 3))
        #expect(directory.step(to: .broker(3), isFresh: true) == .connect(address(3)))
    }

    @Test mutating func withoutAControllerAnyBrokerSaysWhatIsWrong() {
        directory.learn(members(1))
        #expect(directory.step(to: .controller, isFresh: false) == .askForMembers)
        #expect(directory.step(to: .controller, isFresh: true) == .connectToAny)
    }

    @Test mutating func aCoordinatorIsFoundAndThenConnectedTo() {
        #expect(directory.step(to: .group("g"), isFresh: false) == .askForCoordinator(group))
        directory.learn(2, coordinates: group)
        #expect(directory.step(to: .group("g"), isFresh: false) == .askForMembers)
        directory.learn(members(1, 2))
        #expect(directory.step(to: .group("g"), isFresh: false) == .connect(address(2)))
        // A transaction of the same name is something else.
        let transaction = Coordinated(kind: .transaction, name: "g")
        #expect(directory.step(to: .transaction("g"), isFresh: false) == .askForCoordinator(transaction))
        directory.forgetCoordinator(of: group)
        #expect(directory.step(to: .group("g"), isFresh: false) == .askForCoordinator(group))
    }

    @Test mutating func afterAFailureEverythingIsAskedForAgain() {
        directory.learn(members(1, 2, controller: 1))
        directory.learn(2, coordinates: group)
        directory.invalidate()
        #expect(directory.step(to: .broker(2), isFresh: false) == .askForMembers)
        #expect(directory.step(to: .controller, isFresh: false) == .askForMembers)
        #expect(directory.step(to: .group("g"), isFresh: false) == .askForCoordinator(group))
        // It is still known where to ask.
        #expect(directory.addresses(bootstrap: [address(1), address(9)]) == [address(1), address(2), address(9)])
        directory.learn(members(2, controller: 2))
        #expect(directory.step(to: .controller, isFresh: false) == .connect(address(2)))
    }

    @Test mutating func anEmptyListOfMembersIsNotBelieved() {
        directory.learn(members(1))
        directory.learn(members())
        #expect(directory.step(to: .broker(1), isFresh: false) == .connect(address(1)))
    }

    @Test mutating func anAddressThatComesWithALeaderIsThatOfTheBroker() {
        let moved = BrokerAddress(host: "elsewhere", port: 1)
        directory.learn([Broker(id: 2, address: moved)])
        #expect(directory.step(to: .broker(2), isFresh: false) == .askForMembers, "the members are not known yet")
        directory.learn(members(1, 3))
        directory.learn([Broker(id: 2, address: moved), Broker(id: 3, address: moved), Broker(id: -1, address: moved)])
        #expect(directory.members?.brokers.map(\.id) == [1, 2, 3])
        #expect(directory.step(to: .broker(2), isFresh: false) == .connect(moved))
        #expect(directory.step(to: .broker(3), isFresh: false) == .connect(moved))
    }

    @Test func pausesDoubleUntilThereIsNoTime() {
        var random = SystemRandomNumberGenerator()
        var schedule = RetrySchedule(first: .milliseconds(100), longest: .milliseconds(300), timeout: .seconds(2))
        var elapsed = Duration.zero
        for expected in [100, 200, 300, 300, 300] {
            guard let pause = schedule.next(elapsed: elapsed, using: &random) else {
                return #expect(Bool(false), "given up early")
            }
            #expect((.milliseconds(expected) * 0.8...(.milliseconds(expected) * 1.2)).contains(pause))
            elapsed += .milliseconds(expected)
        }
        #expect(schedule.next(elapsed: .milliseconds(1700), using: &random) == nil)
        var quick = RetrySchedule(first: .milliseconds(1), longest: .seconds(1), timeout: .zero)
        #expect(quick.next(elapsed: .zero, using: &random) == nil)
    }
}
