using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Errors;
using Xunit;

namespace Moda.Kernels.Tests.Cuda;

[Collection(FakeDriver.Collection)]
public sealed class CudaLauncherTests : IDisposable
{
    private readonly CudaContext context;
    private readonly CudaStream stream;
    private readonly CudaModule module;
    private readonly CudaFunction function;
    private readonly CudaLauncher launcher;

    public CudaLauncherTests()
    {
        context = CudaContext.Create(FakeDriver.Reset(), 0);
        stream = CudaStream.Create(context);
        module = CudaModule.Load(context, "test.cu", [1]);
        function = module.GetFunction("scale");
        launcher = new CudaLauncher(stream, ranges: null);
    }

    public void Dispose()
    {
        module.Dispose();
        stream.Dispose();
        context.Dispose();
    }

    [Fact]
    public void A_launch_passes_grid_block_stream_and_arguments()
    {
        KernelArguments arguments = default;
        arguments.AddPointer(0xABCDEF, new Shape(4, 8)).Add(7).Add(0.5f);
        launcher.Launch(function, new LaunchConfiguration(new(3, 4, 5), new(32, 2, 1), 1024), in arguments);
        FakeDriver.Launch launch = FakeDriver.LastLaunch;
        Assert.Equal((3u, 4u, 5u), (launch.GridX, launch.GridY, launch.GridZ));
        Assert.Equal((32u, 2u, 1u, 1024u), (launch.BlockX, launch.BlockY, launch.BlockZ, launch.SharedBytes));
        Assert.Equal((0xABCDEFUL, 7, 0.5f), launch.Arguments);
        Assert.Equal(stream.Value, launch.Stream);
        Assert.Equal(function.Value, launch.Function);
        Assert.Equal("scale", stream.LastKernel);
        Assert.Equal(1, launcher.LaunchCount);
    }

    [Fact]
    public void Clusters_and_overlap_go_through_attributes()
    {
        KernelArguments arguments = default;
        arguments.AddPointer(1).Add(2).Add(3f);
        launcher.Launch(function, new LaunchConfiguration(new(8), new(128)) { Cluster = new(2, 1, 1) }, in arguments);
        Assert.Equal(LaunchAttributeId.ClusterDimension, FakeDriver.LastLaunch.Attribute.Id);
        Assert.Equal((2u, 1u, 1u), Values(FakeDriver.LastLaunch.Attribute));

        launcher.Launch(function, new LaunchConfiguration(new(9), new(64), 16) { OverlapsPrevious = true }, in arguments);
        FakeDriver.Launch launch = FakeDriver.LastLaunch;
        Assert.Equal(LaunchAttributeId.ProgrammaticStreamSerialization, launch.Attribute.Id);
        Assert.Equal((1u, 0u, 0u), Values(launch.Attribute));
        Assert.Equal((9u, 64u, 16u), (launch.GridX, launch.BlockX, launch.SharedBytes));
        Assert.Equal((1UL, 2, 3f), launch.Arguments);
    }

    [Fact]
    public void A_failure_names_kernel_configuration_and_shapes()
    {
        FakeDriver.Fail("cuLaunchKernel", 701);
        CudaException failure = Assert.Throws<CudaException>(() =>
        {
            KernelArguments arguments = default;
            arguments.AddPointer(1, new Shape(2, 80, 768)).Add(2).Add(3f);
            launcher.Launch(function, new LaunchConfiguration(new(6), new(1024), 4096), in arguments);
        });
        Assert.Equal("cuLaunchKernel", failure.Call);
        Assert.Equal(701, failure.Status);
        Assert.Contains("cuda:0 Fake GPU", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Kernel scale of test.cu, grid 6x1x1, block 1024x1x1, 4096 dynamic shared bytes", failure.Message, StringComparison.Ordinal);
        Assert.Contains("[2, 80, 768]", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Waiting_for_each_kernel_tells_the_one_that_failed()
    {
        launcher.WaitsForEachKernel = true;
        FakeDriver.Fail("cuStreamSynchronize", 700);
        CudaException failure = Assert.Throws<CudaException>(() =>
        {
            KernelArguments arguments = default;
            arguments.AddPointer(1).Add(2).Add(3f);
            launcher.Launch(function, LaunchConfiguration.ForElements(10), in arguments);
        });
        Assert.True(failure is { IsContextLost: true, IsProcessLost: true }, failure.Message);
        Assert.Contains("restart it", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Kernel scale", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1, 1, 32, 1)]
    [InlineData(1, 65536, 1, 32, 1)]
    [InlineData(1, 1, 65536, 32, 1)]
    [InlineData(1, 1, 1, 1025, 1)]
    [InlineData(1, 1, 1, 1, 65)]
    [InlineData(1, 1, 1, 32, 0)]
    public void Impossible_configurations_are_refused_before_the_driver_sees_them(int x, int y, int z, int blockX, int blockZ)
    {
        ArgumentException failure = Assert.Throws<ArgumentException>(() =>
        {
            KernelArguments arguments = default;
            arguments.AddPointer(1).Add(2).Add(3f);
            launcher.Launch(function, new LaunchConfiguration(new(x, y, z), new(blockX, 1, blockZ)), in arguments);
        });
        Assert.Contains("scale", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, launcher.LaunchCount);
    }

    [Fact]
    public void A_grid_is_a_whole_number_of_clusters() => Assert.NotNull(
        new LaunchConfiguration(new(9), new(32)) { Cluster = new(2, 1, 1) }.FindFault());

    [Fact]
    public void Launching_allocates_nothing()
    {
        LaunchMany(2);
        long before = GC.GetAllocatedBytesForCurrentThread();
        LaunchMany(100);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Too_many_arguments_are_refused()
    {
        Assert.Throws<InvalidOperationException>(() =>
        {
            KernelArguments arguments = default;
            for (int index = 0; index <= KernelArguments.MaximumCount; index++)
            {
                arguments.Add(index);
            }
        });
        Assert.Throws<InvalidOperationException>(() =>
        {
            KernelArguments arguments = default;
            for (int index = 0; index <= KernelArguments.MaximumBytes / 128; index++)
            {
                arguments.Add(default(TensorMap));
            }
        });
    }

    [Fact]
    public void Elements_are_spread_over_enough_threads()
    {
        Assert.Equal(1, LaunchConfiguration.ForElements(0).Grid.X);
        Assert.Equal(1, LaunchConfiguration.ForElements(256).Grid.X);
        Assert.Equal(2, LaunchConfiguration.ForElements(257).Grid.X);
        Assert.Equal(int.MaxValue, LaunchConfiguration.ForElements(long.MaxValue - 1000).Grid.X);
    }

    private static (uint X, uint Y, uint Z) Values(LaunchAttribute attribute) => (attribute.X, attribute.Y, attribute.Z);

    private void LaunchMany(int count)
    {
        var shape = new Shape(4, 8);
        for (int index = 0; index < count; index++)
        {
            KernelArguments arguments = default;
            arguments.AddPointer(1, shape).Add(index).Add(3f);
            launcher.Launch(function, LaunchConfiguration.ForElements(1000), in arguments);
        }
    }
}
