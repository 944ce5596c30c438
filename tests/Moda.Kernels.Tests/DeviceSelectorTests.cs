using System.Diagnostics.CodeAnalysis;
using Moda.Kernels.Cpu;
using Moda.Kernels.Selection;
using Moda.Testing.Devices;
using Xunit;

namespace Moda.Kernels.Tests;

/// <summary>Devices are opened by name, those of registered providers too.</summary>
public sealed class DeviceSelectorTests
{
    [Fact]
    public void The_cpu_is_opened_by_name()
    {
        SelectedDevice selected = DeviceSelector.Open("cpu");
        using Device device = selected.Device;

        Assert.IsType<CpuDevice>(device);
        Assert.Equal("asked for", selected.Reason);
    }

    [Fact]
    public void The_cpu_takes_as_many_threads_as_it_may()
    {
        using Device device = DeviceSelector.Open("cpu", new(Threads: 3)).Device;

        Assert.Equal(3, Assert.IsType<CpuDevice>(device).ThreadCount);
        Assert.Throws<ArgumentOutOfRangeException>(() => DeviceSelector.Open("cpu", new(Threads: -1)));
    }

    [Fact]
    public void The_cpu_refuses_float16()
    {
        var exception = Assert.Throws<DeviceUnavailableException>(() => DeviceSelector.Open("cpu", new(ElementType.Float16)));

        Assert.Contains("float32 only", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("")]
    public void An_unknown_name_is_answered_with_the_known_ones(string name)
    {
        var exception = Assert.Throws<DeviceUnavailableException>(() => DeviceSelector.Open(name));

        Assert.Contains("cpu, cuda, cuda:N", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_registered_provider_opens_its_name_and_is_asked_by_its_priority()
    {
        var provider = new PlainProvider();
        DeviceSelector.Register(provider);

        using (Device named = DeviceSelector.Open("plain").Device)
        {
            Assert.IsType<PlainDevice>(named);
        }

        // Below the CPU, so that "auto" never comes to it: other tests of this process open "auto" too.
        using (Device automatic = DeviceSelector.Open("auto", new(ElementType.Float32)).Device)
        {
            Assert.IsNotType<PlainDevice>(automatic);
        }

        Assert.Equal(0, provider.TimesAsked);
        Assert.Contains("plain", DeviceSelector.Names, StringComparison.Ordinal);
    }

    private sealed class PlainProvider : IDeviceProvider
    {
        public string Names => "plain";

        public int Priority => -1;

        public int TimesAsked { get; private set; }

        public bool Knows(string name) => name == Names;

        public Device Open(string name, DeviceRequest request) => new PlainDevice();

        public bool TryOpenBest(DeviceRequest request, [NotNullWhen(true)] out Device? device, out string reason)
        {
            TimesAsked++;
            device = null;
            reason = "not for this test";
            return false;
        }
    }
}
