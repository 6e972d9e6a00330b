import Dispatch

/// Runs a server's tasks on threads of their own, so that it answers in time also where the process computes
/// on all threads that tasks have in common.
final class ServerThreads: TaskExecutor {
  private let queue = DispatchQueue(label: "dashboard", attributes: .concurrent)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
