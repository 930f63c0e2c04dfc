import Dispatch
import Glibc
import NIOCore
import NIOPosix

struct MachineNetwork: Network {
    func makeEventLoops(_ count: Int) -> any EventLoopGroup {
        // Dispatch, which ends them, opens a file when it is first used and traps when there is none left.
        DispatchQueue.global().asyncAfter(deadline: .now()) {}
        return MultiThreadedEventLoopGroup(numberOfThreads: count)
    }

    var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func listen(host: String, port: Int, buffers: SocketBuffers) throws(ListenError) -> any Listener {
        try ListeningSocket(host: host, port: port, buffers: buffers)
    }

    func connect(
        host: String,
        port: Int,
        on loop: any EventLoop,
        timeout: TimeAmount,
        initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: loop).connectTimeout(timeout).channelInitializer(initialize)
            .connect(host: host, port: port)
    }

    func canonicalNames(of host: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var result: [String] = []
        var next = list
        while let entry = next?.pointee {
            if let name = Self.name(entry), !result.contains(name) { result.append(name) }
            next = entry.ai_next
        }
        return result
    }

    private static func name(_ entry: addrinfo) -> String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let length = socklen_t(text.count)
        for flags in [NI_NAMEREQD, NI_NUMERICHOST]
        where getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, length, nil, 0, flags) == 0 {
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return nil
    }
}
