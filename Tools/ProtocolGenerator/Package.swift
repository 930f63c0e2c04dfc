// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "ProtocolGenerator",
    targets: [
        .executableTarget(
            name: "protocol-generator",
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
        )
    ]
)
