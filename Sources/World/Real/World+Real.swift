import CPlatform

extension World {
    /// The machine as it is.
    package static let real = World.real()

    /// The machine, with parts replaced.
    package static func real(
        time: WorldTime = .real,
        random: WorldRandom = .system,
        files: any FileSystem = LinuxFileSystem()
    ) -> World {
        World(
            time: time,
            random: random,
            files: files,
            network: MachineNetwork(),
            threads: MachineThreads(),
            raiseOpenFileLimit: { Int(ottla_raise_open_file_limit()) }
        )
    }
}
