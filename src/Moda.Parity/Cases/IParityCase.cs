using Moda.Kernels;
using Moda.Weights;

namespace Moda.Parity.Cases;

/// <summary>
/// A kind of case: how this engine computes what the reference computed. Your own kinds go to <see cref="ParityRunner.Register"/>. A kind keeps
/// no state of a case: several threads may call it at once.
/// </summary>
public interface IParityCase
{
    /// <summary>The case's name in the files' metadata.</summary>
    string Kind { get; }

    /// <summary>The largest relative L2 error at which an output counts as the reference's.</summary>
    /// <param name="precision">How the device stores activations.</param>
    double Tolerance(ElementType precision) => precision == ElementType.Float32 ? 1e-4 : 1e-2;

    /// <summary>How well an output that is an image of bytes must agree; null for outputs that are none.</summary>
    /// <param name="output">The output's name.</param>
    ImageRequirement? ImageRequirement(string output) => null;

    /// <summary>Computes the case's outputs.</summary>
    /// <param name="device">Where the networks run.</param>
    /// <param name="reference">The case: inputs and weights.</param>
    /// <returns>The outputs by name, whole, in the reference's order of axes.</returns>
    /// <exception cref="ModaException">The case lacks an input or a tensor, or has one of another shape.</exception>
    IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference);
}
