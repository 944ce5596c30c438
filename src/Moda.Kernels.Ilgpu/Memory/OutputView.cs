using Moda.Kernels.Ilgpu.Execution;

namespace Moda.Kernels.Ilgpu.Memory;

/// <summary>An output as kernels see it that go over its elements.</summary>
internal readonly struct OutputView(Tensor tensor)
{
    /// <summary>The tensor.</summary>
    public readonly TensorView Tensor = TensorView.Of(tensor);

    /// <summary>Its channels.</summary>
    public readonly int Channels = tensor.Channels;

    /// <summary>Its elements.</summary>
    public readonly long Count = tensor.Shape.ElementCount;

    /// <summary>Writes an element.</summary>
    public void Store(ElementPosition at, float value) => Tensor.Store(at.Row, at.Column, value);
}
