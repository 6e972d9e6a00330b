import Dispatch
import Foundation
import Support
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// HTTP and HTTPS by Foundation's `URLSession`.
public final class URLSessionTransport: HTTPTransport {
  private let timeout: Double
  private let answers: Answers
  private let session: URLSession

  /// - Parameters:
  ///   - timeout: seconds without any byte after which a request has failed.
  ///   - limit: of an answer's bytes.
  public init(timeout: Double = 60, limit: Limit = Limits.mlflowBytes) {
    self.timeout = timeout
    answers = Answers(limit: limit)
    session = URLSession(configuration: .default, delegate: answers, delegateQueue: nil)
  }

  deinit { session.invalidateAndCancel() }

  /// - Throws: `TransportError` when there is no answer, `UserError` for one of more bytes than the limit.
  public func send(_ request: HTTPRequest) throws -> HTTPResponse {
    guard let url = URL(string: request.url) else { throw TransportError("no address") }
    var message = URLRequest(url: url, timeoutInterval: timeout)
    message.httpMethod = request.method
    for (name, value) in request.headers { message.setValue(value, forHTTPHeaderField: name) }
    if !request.body.isEmpty { message.httpBody = Data(request.body) }
    let task = session.dataTask(with: message)
    let answer = answers.expect(task)
    task.resume()
    return try answer.wait().get()
  }
}

/// The answers on their way, by task.
private final class Answers: NSObject, URLSessionDataDelegate {
  private let limit: Limit
  private let waiting = Mutex<[Int: Answer]>([:])

  init(limit: Limit) { self.limit = limit }

  func expect(_ task: URLSessionTask) -> Answer {
    let answer = Answer()
    waiting.withLock { $0[task.taskIdentifier] = answer }
    return answer
  }

  func urlSession(_: URLSession, dataTask task: URLSessionDataTask, didReceive data: Data) {
    guard let answer = waiting.withLock({ $0[task.taskIdentifier] }) else { return }
    do {
      try limit.check(answer.add(data), "an answer of MLflow's server")
    } catch {
      answer.give(.failure(error))
      task.cancel()
    }
  }

  func urlSession(_: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    guard let answer = waiting.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) else {
      return
    }
    if error == nil, let status = (task.response as? HTTPURLResponse)?.statusCode {
      answer.end(status: status)
    } else {
      let reason = error.map { ($0 as NSError).localizedDescription } ?? "no answer"
      answer.give(.failure(TransportError(reason)))
    }
  }
}

/// An answer on its way from the session's thread.
private final class Answer: Sendable {
  private struct State {
    var body: [UInt8] = []
    var result: Result<HTTPResponse, any Error>?
  }

  private let state = Mutex(State())
  private let arrived = DispatchSemaphore(value: 0)

  /// - Returns: how many bytes there are now.
  func add(_ data: Data) -> Int {
    state.withLock {
      if $0.result == nil { $0.body += data }
      return $0.body.count
    }
  }

  func end(status: Int) {
    give(.success(HTTPResponse(status: status, body: state.withLock { $0.body })))
  }

  /// What it came to; what comes later does not count.
  func give(_ value: Result<HTTPResponse, any Error>) {
    let isFirst = state.withLock { state in
      guard state.result == nil else { return false }
      state.result = value
      return true
    }
    if isFirst { arrived.signal() }
  }

  func wait() -> Result<HTTPResponse, any Error> {
    arrived.wait()
    return state.withLock { $0.result } ?? .failure(TransportError("no answer"))
  }
}
