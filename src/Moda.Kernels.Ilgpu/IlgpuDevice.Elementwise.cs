namespace Moda.Kernels.Ilgpu;

internal sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected internal override void Copy(Tensor input, Tensor output) => kernels.Elementwise.Copy(queue, input, output);

    /// <inheritdoc/>
    protected internal override void Add(Tensor left, Tensor right, Activation activation, Tensor output) =>
        kernels.Elementwise.Add(queue, left, right, activation, output);

    /// <inheritdoc/>
    protected internal override void AddScaled(Tensor left, Tensor right, Tensor factor, Tensor output) =>
        kernels.Elementwise.AddScaled(queue, left, right, factor, output);

    /// <inheritdoc/>
    protected internal override void Multiply(Tensor left, Tensor right, Activation activation, Tensor output) =>
        kernels.Elementwise.Multiply(queue, left, right, activation, output);

    /// <inheritdoc/>
    protected internal override void Activate(Tensor input, Activation activation, Tensor output) =>
        kernels.Elementwise.Activate(queue, input, activation, output);
}
