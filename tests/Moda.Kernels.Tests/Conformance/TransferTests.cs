using Xunit;

namespace Moda.Kernels.Tests.Conformance;

/// <summary>Writing to and reading from every device, tensors with gaps among them.</summary>
public sealed class TransferTests(DeviceFixture devices) : IClassFixture<DeviceFixture>
{
    public static TheoryData<string> Devices => [.. TestDevice.All.Select(device => device.Name)];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Values_come_back_as_they_were_written(string deviceName)
    {
        Device device = Open(deviceName);
        foreach ((Shape shape, int gap) in Layouts)
        {
            using var tensor = new GuardedTensor(device, shape, gap);
            float[] values = new Operand(shape, gap, Operand.SmallInteger).Draw(seed: 3);

            device.Write(values, tensor.Tensor);

            Assert.Equal(values, tensor.Read());
            tensor.AssertSentinels($"Write of {shape} with gap {gap}");
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Bytes_are_clipped_scaled_and_truncated(string deviceName)
    {
        Device device = Open(deviceName);
        foreach ((Shape shape, int gap) in Layouts)
        {
            using var tensor = new GuardedTensor(device, shape, gap);
            device.Write(new Operand(shape, gap, Operand.Uniform(-0.2f, 1.2f)).Draw(seed: 4), tensor.Tensor);
            float[] stored = tensor.Read();
            byte[] guarded = new byte[stored.Length + 2];
            guarded[0] = guarded[^1] = 99;

            device.ReadBytes(tensor.Tensor, guarded.AsSpan(1, stored.Length));

            Assert.Equal(Array.ConvertAll(stored, value => (byte)(Math.Clamp(value, 0, 1) * 255)), guarded[1..^1]);
            Assert.Equal((99, 99), (guarded[0], guarded[^1]));
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Bytes_of_the_ends_and_of_what_is_no_number(string deviceName)
    {
        Device device = Open(deviceName);
        float[] values =
        [
            0, -0f, 1, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0.5f, 254.9f / 255, 1e-6f, 2, -1, 128f / 255,
            1, 1, 1, 0, 0.25f, float.NaN, float.PositiveInfinity, float.NegativeInfinity,
        ];
        using var tensor = new GuardedTensor(device, new Shape(values.Length), 0);
        device.Write(values, tensor.Tensor);
        float[] stored = tensor.Read();
        byte[] bytes = new byte[values.Length];

        device.ReadBytes(tensor.Tensor, bytes);

        Assert.Equal(Array.ConvertAll(stored, value => float.IsNaN(value) ? (byte)0 : (byte)(Math.Clamp(value, 0, 1) * 255)), bytes);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_span_of_another_length_is_refused(string deviceName)
    {
        Device device = Open(deviceName);
        using var tensor = new GuardedTensor(device, new Shape(2, 3), 0);

        Assert.Throws<ArgumentOutOfRangeException>(() => device.Write(new float[5], tensor.Tensor));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Read(tensor.Tensor, new float[7]));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.ReadBytes(tensor.Tensor, new byte[5]));
    }

    private static IEnumerable<(Shape Shape, int Gap)> Layouts =>
    [
        .. OpCases.ChannelCounts.Select(channels => (new Shape(3, channels), channels % 4)),
        (new Shape(1), 0),
        (new Shape(64, 65, 3), 0),
        (new Shape(64, 65, 3), 1),
        (new Shape(5, 4099), 0),
    ];

    private Device Open(string name) => devices.Open(TestDevice.All.Single(device => device.Name == name));
}
