// swift-tools-version: 6.2
import PackageDescription

// Built by `make fuzz`. The modules that OTTLA_FUZZ names are instrumented, see ../Package.swift; libFuzzer comes with the linker's flag.
let package = Package(
    name: "ottla-fuzz",
    dependencies: [
        .package(name: "ottla", path: ".."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzzer",
                .product(name: "FuzzTargets", package: "ottla"), .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6), .unsafeFlags(["-parse-as-library"])],
            // The default linker cannot read the coverage sections.
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]
        ),
    ]
)
