using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Libraries;
using Xunit;

namespace Moda.Kernels.Tests.Cuda;

[Collection(FakeDriver.Collection)]
public sealed class CudaHandleTests
{
    [Fact]
    public void A_context_disposed_first_is_released_last()
    {
        DriverApi driver = FakeDriver.Reset();
        CudaContext context = CudaContext.Create(driver, 0);
        CudaStream stream = CudaStream.Create(context);
        CudaEvent mark = CudaEvent.Create(context, timing: true);
        CudaMemory memory = CudaMemory.Allocate(context, 1 << 20);
        PinnedMemory pinned = PinnedMemory.Allocate(context, 4096);
        CudaModule module = CudaModule.Load(context, "test.cu", [1]);
        CudaGraph graph = stream.EndCapture();
        CudaGraphExec executable = graph.Instantiate();
        FakeDriver.Calls.Clear();

        context.Dispose();
        Assert.Empty(FakeDriver.Calls);
        Assert.Throws<ObjectDisposedException>(() => CudaStream.Create(context));
        CudaHandle[] children = [stream, mark, memory, pinned, module, graph, executable];
        foreach (CudaHandle child in children)
        {
            child.Dispose();
        }

        Assert.Equal(
            ["destroy stream", "destroy event", "destroy memory", "destroy pinned memory", "destroy module", "destroy graph",
                "destroy executable graph", "destroy context"],
            FakeDriver.Calls);
        Assert.Empty(FakeDriver.Alive);
        Assert.Equal(0, FakeDriver.Depth);
    }

    [Fact]
    public void Disposing_twice_releases_once()
    {
        CudaContext context = CudaContext.Create(FakeDriver.Reset(), 0);
        CudaMemory memory = CudaMemory.Allocate(context, 16);
        memory.Dispose();
        memory.Dispose();
        context.Dispose();
        context.Dispose();
        Assert.Single(FakeDriver.Calls, "destroy memory");
        Assert.Single(FakeDriver.Calls, "destroy context");
    }

    [Fact]
    public void What_was_disposed_is_not_used_again()
    {
        using CudaContext context = CudaContext.Create(FakeDriver.Reset(), 0);
        CudaMemory memory = CudaMemory.Allocate(context, 16);
        CudaModule module = CudaModule.Load(context, "test.cu", [1]);
        CudaFunction function = module.GetFunction("kernel");
        memory.Dispose();
        module.Dispose();
        Assert.Throws<ObjectDisposedException>(() => memory.Address);
        Assert.Throws<ObjectDisposedException>(() => function.Value);
    }

    [Fact]
    public void A_failed_creation_holds_nothing()
    {
        CudaContext context = CudaContext.Create(FakeDriver.Reset(), 0);
        FakeDriver.Fail("cuMemAlloc_v2", 2);
        CudaException failure = Assert.Throws<CudaException>(() => CudaMemory.Allocate(context, 123_456));
        Assert.True(failure.IsOutOfMemory);
        Assert.Contains("123,456 bytes", failure.Message, StringComparison.Ordinal);
        context.Dispose();
        Assert.Empty(FakeDriver.Alive);
        Assert.Equal(0, FakeDriver.Depth);
    }

    [Fact]
    public void The_primary_context_is_given_back_not_destroyed()
    {
        using (CudaContext context = CudaContext.Create(FakeDriver.Reset(), 1, ContextOwnership.Primary))
        using (CudaMemory memory = CudaMemory.Allocate(context, 16))
        {
            Assert.Equal("cuda:1 Fake GPU", context.Device.Label);
        }

        Assert.Equal(["retain primary", "create memory", "destroy memory", "release primary of device 41"], FakeDriver.Calls);
    }

    [Fact]
    public void A_new_context_works_after_one_was_lost()
    {
        DriverApi driver = FakeDriver.Reset();
        using (CudaContext lost = CudaContext.Create(driver, 0))
        using (CudaStream stream = CudaStream.Create(lost))
        {
            stream.LastKernel = "attention";
            FakeDriver.Fail("cuStreamSynchronize", 709);
            CudaException failure = Assert.Throws<CudaException>(stream.Synchronize);
            Assert.True(failure is { IsContextLost: true, IsProcessLost: false }, failure.Message);
            Assert.Equal("cuStreamSynchronize", failure.Call);
            Assert.Equal("CUDA_ERROR_CONTEXT_IS_DESTROYED", failure.StatusName);
            Assert.Equal("cuda:0 Fake GPU", failure.Device);
            Assert.Contains("attention", failure.Message, StringComparison.Ordinal);
        }

        FakeDriver.Fail("cuStreamSynchronize", 0);
        using CudaContext context = CudaContext.Create(driver, 0);
        using CudaStream fresh = CudaStream.Create(context);
        fresh.Synchronize();
    }

    [Fact]
    public void An_abandoned_capture_leaves_no_graph()
    {
        CudaContext context = CudaContext.Create(FakeDriver.Reset(), 0);
        using (context)
        using (CudaStream stream = CudaStream.Create(context))
        {
            stream.BeginCapture();
            stream.AbandonCapture();
        }

        Assert.Empty(FakeDriver.Alive);
    }

    [Fact]
    public void A_driver_too_old_is_told_by_the_function_it_lacks()
    {
        FakeLibrary library = FakeDriver.Library();
        library.Missing.Add("cuLaunchKernelEx");
        CudaUnavailableException failure = Assert.Throws<CudaUnavailableException>(() => new DriverApi(library));
        Assert.Contains("/fake/libcuda.so.1 has no function cuLaunchKernelEx", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_are_described()
    {
        CudaDeviceInformation[] devices = DeviceQueries.DescribeAll(FakeDriver.Reset());
        Assert.Equal(2, devices.Length);
        Assert.Equal("cuda:1 Fake GPU", devices[1].Label);
        Assert.Equal(new Version(8, 6), devices[0].ComputeCapability);
        Assert.Equal(16L << 30, devices[0].TotalMemory);
        Assert.Equal(28, devices[0].MultiprocessorCount);
        Assert.Equal(99 << 10, devices[0].MaximumSharedMemory);
        Assert.Equal("0000:3b:00.0", devices[0].PciBusId);
        Assert.Equal("GPU-00102030-4050-6070-8090-a0b0c0d0e0f0", devices[0].Uuid);
    }

    [Fact]
    public void A_tensor_map_is_encoded_on_its_boundary()
    {
        using CudaContext context = CudaContext.Create(FakeDriver.Reset(), 0);
        var layout = new TensorMapLayout
        {
            DataType = TensorMapDataType.Float16,
            Address = 0x1000,
            Extents = [64, 32],
            Strides = [128],
        };
        TensorMap map = TensorMapEncoder.EncodeTiled(context, layout, [64, 8]);
        Assert.Equal(0, FakeDriver.LastTensorMap % TensorMap.Alignment);
        Assert.Equal(64UL + (1000 * 128) + (1_000_000 * 8) + 1_000_000_000, map[0]);
        Assert.Throws<ArgumentException>(() => TensorMapEncoder.EncodeTiled(
            context, new TensorMapLayout { DataType = TensorMapDataType.Float16, Address = 0, Extents = [64], Strides = [128] }, [64]));
    }
}
