// swift-tools-version: 6.1
import PackageDescription

// Layers point down: a target may use only targets listed above it here, and names each that it imports
// (`make imports` checks it; see Documentation/Architecture.md).

/// For layers whose own loops are short, that read options, write text, or call libraries and lower layers: to
/// optimise them takes time in every build and gains milliseconds.
let unoptimized: [SwiftSetting] = [.unsafeFlags(["-Onone"], .when(configuration: .release))]

/// REALITYGAP_BASELINE=1 leaves only what a processor without AVX executes of each kernel, so that it is
/// tested (`make test-baseline`).
let baseline = Context.environment["REALITYGAP_BASELINE"] == nil ? [] : ["-DRG_BASELINE"]

/// REALITYGAP_FUZZ=1 adds the fuzzed targets (`make fuzz`).
let isFuzzed = Context.environment["REALITYGAP_FUZZ"] != nil

let package = Package(
  name: "realitygap",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "realitygap", targets: ["realitygap"])],
  traits: [
    .trait(name: "OneDNN", description: "The oneDNN convolution engine (needs libdnnl)."),
    .trait(name: "MPI", description: "Training on several processes (needs MPI)."),
    .trait(name: "PNG", description: "Reading and writing of PNG files (needs libpng)."),
    .trait(name: "WebP", description: "Reading of WebP files (needs libwebp)."),
    .default(enabledTraits: ["OneDNN", "PNG", "WebP"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
    .package(url: "https://github.com/swhitty/FlyingFox", exact: "0.27.1"),
  ],
  targets: [
    // System libraries.
    .systemLibrary(name: "SystemHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "SystemZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "SystemJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
    .systemLibrary(name: "SystemPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "SystemWebP", pkgConfig: "libwebpdemux", providers: [.apt(["libwebp-dev"])]),
    // Whichever MPI is the system's.
    .systemLibrary(name: "SystemMPI", pkgConfig: "mpi-c", providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(
      name: "SystemCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    // C: SIMD inner loops and the thinnest possible shims.
    .target(
      name: "CKernels",
      cSettings: [
        .headerSearchPath("Common"), .unsafeFlags(["-O3", "-fno-math-errno"] + baseline),
      ]),
    .target(name: "CHDF5", dependencies: ["SystemHDF5"]),
    .target(name: "CJPEG", dependencies: ["SystemJPEG"]),
    .target(
      name: "CPNG",
      dependencies: [.target(name: "SystemPNG", condition: .when(traits: ["PNG"]))],
      cSettings: [.define("REALITYGAP_PNG", .when(traits: ["PNG"]))]),
    .target(
      name: "CWebP",
      dependencies: [.target(name: "SystemWebP", condition: .when(traits: ["WebP"]))],
      cSettings: [.define("REALITYGAP_WEBP", .when(traits: ["WebP"]))]),
    .target(
      name: "CMPI",
      dependencies: [.target(name: "SystemMPI", condition: .when(traits: ["MPI"]))],
      cSettings: [.define("REALITYGAP_MPI", .when(traits: ["MPI"]))]),
    .target(name: "COpenBLAS", linkerSettings: [.linkedLibrary("dl")]),
    .target(
      name: "COneDNN",
      cSettings: [.define("REALITYGAP_ONEDNN", .when(traits: ["OneDNN"]))],
      linkerSettings: [.linkedLibrary("dnnl", .when(traits: ["OneDNN"]))]),

    // The commit and the packages that the program is built from.
    .plugin(name: "BuildFacts", capability: .buildTool()),

    // Swift, from the bottom up.
    .target(
      name: "Support",
      dependencies: ["SystemCrypto", .product(name: "Yams", package: "Yams")]),
    .target(name: "Tensors", dependencies: ["Support", "CKernels", "COpenBLAS"]),
    .target(
      name: "NeuralNetworks",
      dependencies: [
        "Tensors", "Support", "CKernels",
        .target(name: "COneDNN", condition: .when(traits: ["OneDNN"])),
      ]),
    .target(name: "Imaging", dependencies: ["Support", "CJPEG", "CPNG", "CWebP", "CKernels"]),
    .target(
      name: "WeightFiles", dependencies: ["Tensors", "Support", "CHDF5", "SystemZlib"],
      swiftSettings: unoptimized),
    .target(
      name: "Models",
      dependencies: [
        "Imaging", "NeuralNetworks", "WeightFiles", "Tensors", "Support", "CKernels",
      ]),
    .target(
      name: "Datasets", dependencies: ["Imaging", "Tensors", "Support", "CKernels"],
      resources: [
        .copy("Resources/classes.csv"), .copy("Resources/validation_labels.txt"),
        .copy("Resources/prints"), .copy("Resources/distortions"),
      ]),
    .target(
      name: "Tracking",
      dependencies: ["Support", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: unoptimized),
    .target(
      name: "Evaluation",
      dependencies: [
        "Models", "Datasets", "Tracking", "Imaging", "NeuralNetworks", "Tensors", "Support",
      ]),
    .target(
      name: "Training",
      dependencies: [
        "Models", "Datasets", "Tracking", "Imaging", "NeuralNetworks", "WeightFiles", "Tensors",
        "Support", "CMPI",
      ], swiftSettings: unoptimized),
    .target(
      name: "Reporting",
      dependencies: [
        "Evaluation", "Datasets", "Tracking", "Imaging", "Support",
        .product(name: "Mustache", package: "swift-mustache"),
      ], resources: [.copy("Resources/Templates")], swiftSettings: unoptimized),
    // Made by Scripts/protobuf/generate.py.
    .target(
      name: "Messages",
      dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      swiftSettings: unoptimized),
    .target(
      name: "Interchange",
      dependencies: [
        "Messages", "Models", "Datasets", "Tracking", "WeightFiles", "Imaging", "NeuralNetworks",
        "Tensors", "Support", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: unoptimized),
    .target(
      name: "Dashboard",
      dependencies: [
        "Reporting", "Evaluation", "Datasets", "Tracking", "Imaging", "Tensors", "Support",
        .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
        .product(name: "Mustache", package: "swift-mustache"),
      ], resources: [.copy("Resources/Pages"), .copy("Resources/Assets")],
      swiftSettings: unoptimized),
    .executableTarget(
      name: "realitygap",
      dependencies: [
        "Dashboard", "Interchange", "Reporting", "Training", "Evaluation", "Models", "Datasets",
        "Tracking", "WeightFiles", "Imaging", "NeuralNetworks", "Tensors", "Support",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: unoptimized, plugins: ["BuildFacts"]),

    // Tests, one target a layer.
    .testTarget(name: "SupportTests", dependencies: ["Support"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
    .testTarget(
      name: "NeuralNetworksTests",
      dependencies: ["NeuralNetworks", "WeightFiles", "Tensors", "Support", "CKernels"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ImagingTests", dependencies: ["Imaging", "Support"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "WeightFilesTests", dependencies: ["WeightFiles", "Tensors", "Support"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ModelsTests",
      dependencies: [
        "Models", "Imaging", "NeuralNetworks", "WeightFiles", "Tensors", "Support", "CKernels",
      ],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "DatasetsTests",
      dependencies: ["Datasets", "Imaging", "Tensors", "Support", "CKernels"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "TrackingTests",
      dependencies: ["Tracking", "Support", .product(name: "GRDB", package: "GRDB.swift")],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "EvaluationTests",
      dependencies: [
        "Evaluation", "Datasets", "Models", "NeuralNetworks", "Tracking", "Imaging", "Tensors",
        "Support", .product(name: "GRDB", package: "GRDB.swift"),
      ], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ReportingTests",
      dependencies: [
        "Reporting", "Evaluation", "Tracking", "Imaging", "Support",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .testTarget(
      name: "InterchangeTests",
      dependencies: [
        "Interchange", "Messages", "Evaluation", "Models", "Tracking", "Support",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "DashboardTests",
      dependencies: [
        "Dashboard", "Tracking", "Support", .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    // Runs the program itself, as its users do.
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "realitygap", "Tracking", "WeightFiles", "Datasets", "Imaging", "Support", "Tensors",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "realitygap", "Training", "Models", "Datasets", "Tracking", "Imaging", "NeuralNetworks",
        "WeightFiles", "Tensors", "Support",
      ], resources: [.copy("Fixtures")]),
  ],
  swiftLanguageModes: [.v6]
)

// For `make docs` alone, so that no other build fetches it.
if Context.environment["REALITYGAP_DOCS"] != nil {
  package.dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", exact: "1.5.0"))
}

// REALITYGAP_UP_TO=Datasets leaves out what is above that layer, with its tests (`make test-baseline`,
// `make test-sanitized`).
if let last = Context.environment["REALITYGAP_UP_TO"],
  let end = package.targets.firstIndex(where: { $0.name == last })
{
  let layers = package.targets[...end]
  let tests = package.targets.filter { target in
    target.isTest && layers.contains { "\($0.name)Tests" == target.name }
  }
  package.targets = layers + tests
  package.products = []
}

// For `make fuzz` alone: all layers below the commands, and libFuzzer's driver in place of them.
if isFuzzed {
  for target in package.targets where ["CHDF5", "CJPEG", "CPNG", "CWebP"].contains(target.name) {
    target.cSettings = (target.cSettings ?? []) + [.unsafeFlags(["-fsanitize=undefined"])]
  }
  // Both sanitizers by one flag: of two, the Swift driver takes the last alone. What reads bytes is
  // seldom public.
  let sanitizers = "-sanitize=fuzzer,address"
  for target in package.targets
  where [
    "Support", "Imaging", "WeightFiles", "Datasets", "Tracking",
    "Models", "Evaluation", "Training", "Interchange", "Dashboard",
  ].contains(target.name) {
    target.swiftSettings =
      (target.swiftSettings ?? []) + [.unsafeFlags([sanitizers, "-enable-testing"])]
  }
  package.targets += [
    .target(name: "CFuzzer", path: "Tests/Fuzz/Engine"),
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "CFuzzer", "Dashboard", "Interchange", "Training", "Evaluation", "Models", "Datasets",
        "Tracking", "WeightFiles", "Imaging", "Tensors", "Support",
        .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ], path: "Tests/Fuzz/Targets",
      // libFuzzer brings a main besides ours.
      linkerSettings: [
        .unsafeFlags([sanitizers, "-use-ld=lld", "-Xlinker", "--allow-multiple-definition"])
      ]),
  ]
  package.products = [.executable(name: "Fuzz", targets: ["Fuzz"])]
}
