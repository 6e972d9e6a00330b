import NeuralNetworks
import Support
import Tensors
import Testing

@Suite("Differentiation: Adam")
struct DifferentiationAdamTests {
  @Test("five steps with the given gradients equal PyTorch's")
  func fiveSteps() throws {
    let golden = try Golden("layers", group: "adam")
    let parameter = TrainableParameter("w", try golden.plain("w0"))
    let adam = Adam(
      [parameter], options: .init(learningRate: 1e-2), context: ComputeContext(threads: 2))
    let (gradients, expected) = (try golden.plain("gradients"), try golden.plain("w"))
    for step in 0..<5 {
      parameter.gradient = Tensor(Array(gradients.elements[step * 7..<step * 7 + 7]))
      adam.step()
      let row = Tensor(Array(expected.elements[step * 7..<step * 7 + 7]))
      #expect(relativeError(parameter.value, row) < 1e-6)
    }
  }

  @Test("weight decay and clipping by norm equal PyTorch's; moments survive a checkpoint")
  func clippedDecay() throws {
    let golden = try Golden("training", group: "adam_decay")
    let context = ComputeContext(threads: 2)
    let options = Adam.Options(
      learningRate: 3e-3, beta1: 0.5, beta2: 0.9, epsilon: 1e-6, weightDecay: 0.1)
    let (w, v) = (
      TrainableParameter("w", try golden.plain("w0")),
      TrainableParameter("v", try golden.plain("v0"))
    )
    var adam = Adam([w, v], options: options, context: context)
    for step in 0..<4 {
      if step == 2 {
        let resumed = Adam([w, v], options: options, context: context)
        try resumed.restore(adam.moments)
        adam = resumed
      }
      w.gradient = try golden.plain("dw\(step)")
      v.gradient = try golden.plain("dv\(step)")
      let norm = GradientNorm.norm([w, v], context: context)
      #expect(abs(norm / Double(try golden.plain("norm\(step)")[0]) - 1) < 1e-6)
      adam.step(scale: GradientNorm.clipFactor(norm: norm, maximum: 1))
      #expect(relativeError(w.value, try golden.plain("w\(step + 1)")) < 1e-6)
      #expect(relativeError(v.value, try golden.plain("v\(step + 1)")) < 1e-6)
    }
    #expect(relativeError(adam.moments["w"]?.first, try golden.plain("first")) < 1e-5)
    #expect(relativeError(adam.moments["w"]?.second, try golden.plain("second")) < 1e-5)
    #expect(adam.moments["w"]?.steps == 4)
  }

  @Test("a frozen parameter stays; moments of another shape are refused")
  func frozenAndMisfit() throws {
    let w = TrainableParameter("w", Tensor([1, 2]))
    let adam = Adam([w], context: ComputeContext(threads: 1))
    w.gradient = Tensor([1, 1])
    w.isFrozen = true
    adam.step()
    #expect(w.value.elements == [1, 2])
    let misfit = Adam.Moments(first: Tensor([1]), second: Tensor([1]), steps: 1)
    #expect(throws: UserError.self) { try adam.restore(["w": misfit]) }
    #expect(throws: UserError.self) { try adam.restore(["u": misfit]) }
  }

  @Test("a gradient that is not a number shows in the norm")
  func notANumber() {
    let w = TrainableParameter("w", Tensor([1, 2]))
    w.gradient = Tensor([1, .nan])
    #expect(GradientNorm.norm([w], context: ComputeContext(threads: 1)).isNaN)
  }
}
