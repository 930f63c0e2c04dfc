/// Everything that is not computation: time, randomness, files, connections and other threads. Whoever needs some of it is handed a world, and
/// takes it from nowhere else; so whole nodes and clients also run in a simulated one.
package final class World: Sendable {
    package let time: WorldTime
    package let random: WorldRandom
    package let files: any FileSystem
    package let network: any Network
    package let threads: any Threads
    /// Raises the number of files that may be open as far as it goes, and says how many that are.
    package let raiseOpenFileLimit: @Sendable () -> Int

    package init(
        time: WorldTime,
        random: WorldRandom,
        files: any FileSystem,
        network: any Network,
        threads: any Threads,
        raiseOpenFileLimit: @escaping @Sendable () -> Int
    ) {
        self.time = time
        self.random = random
        self.files = files
        self.network = network
        self.threads = threads
        self.raiseOpenFileLimit = raiseOpenFileLimit
    }
}
