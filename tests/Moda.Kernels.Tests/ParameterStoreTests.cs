using Moda.Kernels.Cpu;
using Moda.Kernels.Fused;
using Xunit;

namespace Moda.Kernels.Tests;

public sealed class ParameterStoreTests
{
    [Fact]
    public void Values_are_put_on_the_device()
    {
        using var device = new CpuDevice(1);
        using var store = new ParameterStore(device);

        Tensor tensor = store.Tensor([1, 2, 3, 4, 5, 6], new Shape(2, 3));

        var values = new float[6];
        device.Read(tensor, values);
        Assert.Equal([1, 2, 3, 4, 5, 6], values);
        Assert.True(tensor.IsContiguous);
        Assert.Equal(24, store.ByteLength);
    }

    [Fact]
    public void Disposal_releases_tensors_and_packed_weights()
    {
        using var device = new CpuDevice(2);
        using (var store = new ParameterStore(device))
        {
            store.Tensor(new float[100], new Shape(100));
            store.Linear(new float[35 * 20], new float[35], 35, 20);
            var geometry = new ConvolutionGeometry { InputChannels = 3, OutputChannels = 5, Kernel = new Extent3(1, 3, 3) };
            store.Convolution(new float[5 * 27], [], geometry);
            Assert.Equal(device.AllocatedBytes, store.ByteLength);
            Assert.True(store.ByteLength >= (100 + 35 * 21 + 5 * 27) * sizeof(float));
        }

        Assert.Equal(0, device.AllocatedBytes);
    }

    [Fact]
    public void Disposing_twice_is_harmless()
    {
        using var device = new CpuDevice(1);
        var store = new ParameterStore(device);
        Tensor tensor = store.Tensor([1], new Shape(1));
        store.Dispose();
        store.Dispose();

        Assert.Equal(0, device.AllocatedBytes);
        Assert.Throws<ObjectDisposedException>(() => device.Read(tensor, new float[1]));
    }

    [Fact]
    public void A_count_that_does_not_fit_the_shape_is_refused()
    {
        using var device = new CpuDevice(1);
        using var store = new ParameterStore(device);

        Assert.Throws<ArgumentOutOfRangeException>(() => store.Tensor(new float[5], new Shape(2, 3)));
    }

    [Fact]
    public void Weights_that_do_not_fit_their_layer_are_refused()
    {
        using var device = new CpuDevice(1);
        using var store = new ParameterStore(device);
        var geometry = new ConvolutionGeometry { InputChannels = 4, OutputChannels = 6, Kernel = new Extent3(1, 3, 3), Groups = 2 };

        Assert.Throws<ArgumentOutOfRangeException>(() => store.Linear(new float[5], [], 2, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Convolution(new float[6 * 4 * 9], [], geometry));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.PrepareSpadeConvolution(new float[6 * 2 * 3], [], geometry));
        store.Convolution(new float[6 * 2 * 9], [], geometry);
    }
}
