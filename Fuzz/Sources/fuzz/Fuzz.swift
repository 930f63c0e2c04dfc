import CFuzzer
import FuzzTargets
import Glibc
import NIOCore

/// One executable serves all targets; the environment names the one to run.
@main
enum Fuzz {
    static let target: FuzzTarget = {
        let name = getenv("OTTLA_FUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget.named(name) else {
            print("set OTTLA_FUZZ_TARGET to one of: \(FuzzTarget.all.map(\.name).joined(separator: " "))")
            exit(64)
        }
        return target
    }()

    static func main() {
        _ = target
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
                Fuzz.target.run(ByteBuffer(bytes: UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            }
        )
    }
}
