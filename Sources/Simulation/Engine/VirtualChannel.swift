import Glibc
import NIOCore
import World

/// One end of a connection in memory. Behaves as NIO's socket channel does: what arrives waits for `read`, watermarks, half closure, files.
/// Sendable: as any channel it belongs to its event loop, and all event loops are the scheduler's thread.
final class VirtualChannel: Channel, ChannelCore, NIOSynchronousChannelOptions, @unchecked Sendable {
    let loop: VirtualEventLoop
    let process: Process
    let localAddress: SocketAddress?
    let remoteAddress: SocketAddress?
    let allocator = ByteBufferAllocator()
    weak var peer: VirtualChannel?
    private(set) var isOpen = true
    private(set) var isActive = false
    private(set) var isWritable = true
    /// When the last of what it sent arrives.
    var lastArrival: Int64 = 0
    /// Its process is over.
    var isForgotten = false
    /// What it sends arrives nowhere.
    var isSevered = false
    /// How long what was sent may go unacknowledged.
    var unacknowledgedNanoseconds: Int64?
    /// After how long a silence the other end is asked whether it is there.
    var keepIdleNanoseconds: Int64?
    /// Since when nothing of it is acknowledged.
    var unacknowledgedSince: Int64?

    private let fabric: Fabric
    private let closePromise: EventLoopPromise<Void>
    private lazy var ownPipeline = ChannelPipeline(channel: self)
    // Options.
    private var autoRead = true
    private var allowsHalfClosure = false
    private var messagesPerRead: UInt = 4
    private var watermark = ChannelOptions.Types.WriteBufferWaterMark(low: 32 << 10, high: 64 << 10)
    // In.
    private var inbox = CircularBuffer<ByteBuffer>()
    private var wantsRead = false
    private var willLook = false
    private var sawEnd = false
    private var isInputClosed = false
    // Out.
    private var pending = MarkedCircularBuffer<(data: IOData, promise: EventLoopPromise<Void>?)>(initialCapacity: 16)
    private var pendingBytes = 0
    /// Bytes that the other end has not read.
    private var inFlight = 0
    private var isOutputClosed = false
    private var isOutputClosing = false

    init(
        _ fabric: Fabric,
        _ process: Process,
        _ loop: VirtualEventLoop,
        local: SocketAddress?,
        remote: SocketAddress?
    ) {
        self.fabric = fabric
        self.process = process
        self.loop = loop
        localAddress = local
        remoteAddress = remote
        closePromise = loop.makePromise()
    }

    var eventLoop: any EventLoop { loop }
    var closeFuture: EventLoopFuture<Void> { closePromise.futureResult }
    var pipeline: ChannelPipeline { ownPipeline }
    var parent: (any Channel)? { nil }
    var _channelCore: any ChannelCore { self }
    var syncOptions: (any NIOSynchronousChannelOptions)? { self }

    func localAddress0() throws -> SocketAddress {
        guard let localAddress else { throw ChannelError.unknownLocalAddress }
        return localAddress
    }

    func remoteAddress0() throws -> SocketAddress {
        guard let remoteAddress else { throw ChannelError.operationUnsupported }
        return remoteAddress
    }

    // MARK: Options

    func setOption<O: ChannelOption>(_ option: O, value: O.Value) -> EventLoopFuture<Void> {
        loop.makeCompletedFuture { try setOption(option, value: value) as Void }
    }

    func getOption<O: ChannelOption>(_ option: O) -> EventLoopFuture<O.Value> where O.Value: Sendable {
        loop.makeCompletedFuture { try getOption(option) as O.Value }
    }

    /// Those of sockets have no effect, but for those that find out that the other end is gone.
    func setOption<O: ChannelOption>(_ option: O, value: O.Value) throws {
        switch option {
        case is ChannelOptions.Types.AutoReadOption:
            let before = autoRead
            autoRead = value as? Bool ?? true
            if autoRead, !before { pipeline.syncOperations.read() }
        case is ChannelOptions.Types.AllowRemoteHalfClosureOption: allowsHalfClosure = value as? Bool ?? false
        case is ChannelOptions.Types.MaxMessagesPerReadOption: messagesPerRead = value as? UInt ?? 4
        case is ChannelOptions.Types.WriteBufferWaterMarkOption:
            if let value = value as? ChannelOptions.Types.WriteBufferWaterMark { watermark = value }
        case let option as ChannelOptions.Types.SocketOption
        where option.optionLevel == .tcp && option.optionName == .tcpUserTimeout:
            unacknowledgedNanoseconds = (value as? Int).map { Int64($0) * 1_000_000 }
        case let option as ChannelOptions.Types.SocketOption
        where option.optionLevel == .tcp && option.optionName == .tcpKeepIdle:
            keepIdleNanoseconds = (value as? Int).map { Int64($0) * 1_000_000_000 }
        default: break
        }
    }

    func getOption<O: ChannelOption>(_ option: O) throws -> O.Value {
        let value: Any
        switch option {
        case is ChannelOptions.Types.AutoReadOption: value = autoRead
        case is ChannelOptions.Types.BufferedWritableBytesOption: value = pendingBytes
        default: throw ChannelError.operationUnsupported
        }
        guard let value = value as? O.Value else { throw ChannelError.operationUnsupported }
        return value
    }

    // MARK: Life

    func register() { pipeline.syncOperations.fireChannelRegistered() }

    func activate() {
        isActive = true
        pipeline.syncOperations.fireChannelActive()
        if autoRead, isOpen { pipeline.syncOperations.read() }
    }

    func register0(promise: EventLoopPromise<Void>?) { promise?.succeed(()) }
    func bind0(to: SocketAddress, promise: EventLoopPromise<Void>?) { refuse(promise) }
    func connect0(to: SocketAddress, promise: EventLoopPromise<Void>?) { refuse(promise) }
    func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) { refuse(promise) }
    func channelRead0(_ data: NIOAny) {}
    func errorCaught0(error: any Error) {}

    private func refuse(_ promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }

    func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard isOpen else {
            promise?.fail(ChannelError.alreadyClosed)
            return
        }
        switch mode {
        case .output: closeOutput(promise)
        case .input:
            isInputClosed = true
            promise?.succeed(())
            pipeline.syncOperations.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .all: closeAll(error, promise)
        }
    }

    private func closeOutput(_ promise: EventLoopPromise<Void>?) {
        if isOutputClosed {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        isOutputClosed = true
        isOutputClosing = true
        promise?.succeed(())
        push()
    }

    private func closeAll(_ error: any Error, _ promise: EventLoopPromise<Void>?) {
        isOpen = false
        let wasActive = isActive
        isActive = false
        // Whoever closes what it has not read resets.
        if inbox.isEmpty { fabric.sendEnd(from: self) } else { fabric.sendReset(from: self) }
        inbox = []
        while let next = pending.popFirst() { next.promise?.fail(error) }
        promise?.succeed(())
        if wasActive { pipeline.syncOperations.fireChannelInactive() }
        pipeline.syncOperations.fireChannelUnregistered()
        loop._executeIsolatedUnsafeUnchecked { [self] in
            removeHandlers(pipeline: pipeline)
            closePromise.succeed(())
        }
    }

    // MARK: Out

    func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
        loop.preconditionInEventLoop()
        guard isOpen, !isOutputClosed else {
            promise?.fail(isOpen ? ChannelError.outputClosed : ChannelError.ioOnClosedChannel)
            return
        }
        let data = unwrapData(data, as: IOData.self)
        pendingBytes += data.readableBytes
        pending.append((data, promise))
        if isWritable, pendingBytes > watermark.high {
            isWritable = false
            pipeline.syncOperations.fireChannelWritabilityChanged()
        }
    }

    func flush0() {
        pending.mark()
        push()
    }

    /// Gives flushed bytes to the wire while the other end's window has room.
    private func push() {
        while isOpen, pending.hasMark, let first = pending.first, inFlight < fabric.window {
            guard let (bytes, rest) = Self.split(first.data, fabric.window - inFlight) else {
                return close0(error: IOError(errnoCode: EIO, reason: "sendfile"), mode: .all, promise: nil)
            }
            pendingBytes -= bytes.readableBytes
            inFlight += bytes.readableBytes
            // Before anybody hears that it is written, who may write and flush more.
            if bytes.readableBytes > 0 { fabric.send(bytes, from: self) }
            if let rest {
                pending[pending.startIndex].data = rest
            } else {
                _ = pending.popFirst()
                first.promise?.succeed(())
            }
        }
        if isOpen, isOutputClosing, pending.isEmpty {
            isOutputClosing = false
            fabric.sendEnd(from: self)
            pipeline.syncOperations.fireUserInboundEventTriggered(ChannelEvent.outputClosed)
        }
        if isOpen, !isWritable, pendingBytes < watermark.low {
            isWritable = true
            pipeline.syncOperations.fireChannelWritabilityChanged()
        }
    }

    /// What goes out now, and what does not; nil when a file cannot be read.
    private static func split(_ data: IOData, _ room: Int) -> (ByteBuffer, IOData?)? {
        switch data {
        case .byteBuffer(var buffer):
            let bytes = buffer.readSlice(length: min(room, buffer.readableBytes)) ?? ByteBuffer()
            return (bytes, buffer.readableBytes > 0 ? .byteBuffer(buffer) : nil)
        case .fileRegion(var region):
            // What `sendfile` does.
            let count = min(room, region.readableBytes)
            var bytes = ByteBufferAllocator().buffer(capacity: count)
            let got = try? region.fileHandle.withUnsafeFileDescriptor { descriptor in
                try bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: count) {
                    let space = UnsafeMutableRawBufferPointer(rebasing: $0[..<count])
                    return try MemoryDescriptors.read(descriptor, into: space, at: Int64(region.readerIndex))
                }
            }
            guard got == count else { return nil }
            region.moveReaderIndex(forwardBy: count)
            return (bytes, region.readableBytes > 0 ? .fileRegion(region) : nil)
        }
    }

    // MARK: In

    func arrive(_ bytes: ByteBuffer) {
        guard isOpen, !isInputClosed else {
            if !isOpen { fabric.sendReset(from: self) }
            return
        }
        inbox.append(bytes)
        look()
    }

    func arriveEnd() {
        guard isOpen else { return }
        sawEnd = true
        look()
    }

    func arriveReset() { breaks(ECONNRESET) }

    func breaks(_ code: CInt) {
        guard isOpen else { return }
        let error = IOError(errnoCode: code, reason: "read")
        pipeline.syncOperations.fireErrorCaught(error)
        if isOpen { close0(error: error, mode: .all, promise: nil) }
    }

    func read0() {
        guard isOpen, !wantsRead else { return }
        wantsRead = true
        guard !willLook, !inbox.isEmpty || sawEnd && !isInputClosed else { return }
        willLook = true
        lookLater()
    }

    /// Something came.
    private func look() {
        if !wantsRead || willLook { return }
        if fabric.readDelay(of: process.machine) == 0 { return deliver() }
        willLook = true
        lookLater()
    }

    private func lookLater() {
        let then = { [self] in
            willLook = false
            if wantsRead, isOpen { deliver() }
        }
        let delay = fabric.readDelay(of: process.machine)
        if delay == 0 { return loop._executeIsolatedUnsafeUnchecked(then) }
        fabric.scheduler.at(fabric.scheduler.now + delay, on: loop.lane, then)
    }

    private func deliver() {
        wantsRead = false
        var messages: UInt = 0
        var bytes = 0
        while isOpen, messages < messagesPerRead, let next = inbox.popFirst() {
            messages += 1
            bytes += next.readableBytes
            pipeline.syncOperations.fireChannelRead(NIOAny(next))
        }
        if bytes > 0 {
            windowOpened(by: bytes)
            if isOpen { pipeline.syncOperations.fireChannelReadComplete() }
        }
        if isOpen, inbox.isEmpty, sawEnd, !isInputClosed { endOfInput() }
        if isOpen, autoRead, !isInputClosed { pipeline.syncOperations.read() }
    }

    /// The other end may send on, once it hears of it.
    private func windowOpened(by bytes: Int) {
        guard let peer else { return }
        fabric.carry(self, peer) {
            peer.inFlight -= bytes
            peer.push()
        }
    }

    private func endOfInput() {
        isInputClosed = true
        if allowsHalfClosure {
            pipeline.syncOperations.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        } else {
            close0(error: ChannelError.eof, mode: .all, promise: nil)
        }
    }
}
