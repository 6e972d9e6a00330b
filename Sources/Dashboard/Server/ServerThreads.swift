import Dispatch
import Synchronization

/// Runs a server's tasks on threads of their own, so that it answers in time also where the process computes
/// on all threads that tasks have in common.
final class ServerThreads: TaskExecutor {
  /// Serial ones: the system starts a thread for such a queue however many others compute, which it does not
  /// for a concurrent one.
  private let queues = (0..<2).map { DispatchQueue(label: "dashboard \($0)") }
  private let next = Atomic(0)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let place = next.wrappingAdd(1, ordering: .relaxed).oldValue
    queues[abs(place % queues.count)].async {
      job.runSynchronously(on: self.asUnownedTaskExecutor())
    }
  }
}
