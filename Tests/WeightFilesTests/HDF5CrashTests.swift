import Foundation
import Testing
import WeightFiles

@Suite("Crashes of the HDF5 library")
struct HDF5CrashTests {
  @Test("one while a file is read is a line that names the file, and a status")
  func withinTheLibrary() async throws {
    let result = await #expect(
      processExitsWith: .exitCode(7), observing: [\.standardErrorContent]
    ) {
      HDF5Gate.catchCrashes(status: 7)
      HDF5Library.locked(reading: "a\nb.h5") { _ = raise(SIGSEGV) }
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(
      text == "Error: a?b.h5: damaged HDF5 file (the HDF5 library crashed on it (signal 11)); "
        + "copy or download it again\n")
  }

  @Test("one elsewhere ends the process as it would have")
  func elsewhere() async {
    await #expect(processExitsWith: .signal(SIGABRT)) {
      HDF5Gate.catchCrashes(status: 7)
      HDF5Library.locked(reading: "a.h5") {}
      abort()
    }
  }
}
