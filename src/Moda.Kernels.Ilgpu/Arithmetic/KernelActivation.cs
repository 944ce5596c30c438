namespace Moda.Kernels.Ilgpu.Arithmetic;

/// <summary>An activation as kernels see it.</summary>
internal readonly struct KernelActivation(Activation activation)
{
    private readonly int kind = (int)activation.Kind;
    private readonly float slope = activation.Slope;

    /// <summary>Applies it.</summary>
    public float Apply(float x) => KernelMath.Activate(x, kind, slope);
}
