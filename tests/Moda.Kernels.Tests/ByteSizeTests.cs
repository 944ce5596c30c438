using Xunit;

namespace Moda.Kernels.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("8G", 8L << 30)]
    [InlineData("1.5 GiB", 3L << 29)]
    [InlineData("500mb", 500L << 20)]
    [InlineData(" 64 K ", 64L << 10)]
    [InlineData("1000000", 1_000_000L)]
    [InlineData("2T", 2L << 40)]
    public void Amounts_are_read(string text, long expected)
    {
        Assert.True(ByteSize.TryParse(text, out long bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("G")]
    [InlineData("8 apples")]
    [InlineData("-1G")]
    [InlineData("0")]
    [InlineData("1.2.3M")]
    [InlineData("9999999T")]
    [InlineData("0.1")]
    public void Other_texts_are_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1023, "1023 bytes")]
    [InlineData(1536, "1.50 KiB")]
    [InlineData(150L << 30, "150 GiB")]
    [InlineData(15L << 20, "15.0 MiB")]
    public void Amounts_are_written_with_three_digits(long bytes, string expected) => Assert.Equal(expected, ByteSize.Format(bytes));
}
