import NIOCore
import Testing

@testable import KafkaConnection

struct ResponseBufferPoolTests {
    private func answer(_ size: Int) -> ByteBuffer { ByteBuffer(repeating: 1, count: size) }

    @Test func memoryThatSomebodyLooksAtIsNotGivenAway() throws {
        var memory = ResponseBufferPool()
        memory.keep(answer(1 << 20))
        var view = memory.take(1 << 20)
        view?.writeRepeatingByte(2, count: 1 << 20)
        memory.keep(try #require(view))
        let held = try #require(view?.getSlice(at: 0, length: 10))
        view = nil
        #expect(memory.take(1000) == nil, "a slice of ten bytes holds all of it")
        #expect(held.readableBytes == 10)
    }

    @Test func onlyWhatFitsIsTakenAndOnlyAFewAreKept() {
        var memory = ResponseBufferPool()
        memory.keep(answer(ResponseBufferPool.smallest / 2))
        memory.keep(answer(ResponseBufferPool.largest * 2))
        #expect(memory.take(1) == nil, "too small or too large to be kept")
        memory.keep(answer(100_000))
        #expect(memory.take(1 << 20) == nil)
        for _ in 0..<10 { memory.keep(answer(1 << 20)) }
        var taken = 0
        while let buffer = memory.take(1 << 20) {
            #expect(buffer.readableBytes == 0)
            taken += 1
        }
        #expect(taken == ResponseBufferPool.count)
    }
}
