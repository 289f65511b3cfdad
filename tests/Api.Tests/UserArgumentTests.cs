using System.Net;
using FluentAssertions;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>Who may ask about whom, on every route that takes <c>user</c>.</summary>
[Collection(SharedLiveService.Name)]
public sealed class UserArgumentTests(LiveService service)
{
    private const string Stranger = "35353535-3535-4535-8535-353535353535";

    private static readonly string[] Routes =
    [
        "/account?",
        "/account?at=1&",
        "/api/v1/account?",
        "/positions?",
        "/api/v1/positions?",
        "/api/v1/positions?at=1&",
        "/api/v1/audit/events?",
        "/api/v1/audit/deals/1?",
    ];

    public static TheoryData<string, string> Others()
    {
        var data = new TheoryData<string, string>();
        foreach (var route in Routes)
        {
            data.Add(route, LiveService.UserId);
            data.Add(route, LiveService.Email);
            data.Add(route, LiveService.User1.Value);
            data.Add(route, "nobody@example.com");
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Others))]
    public async Task A_user_who_asks_about_another_is_refused_whether_there_is_one_or_not(
        string route,
        string other
    ) =>
        await (await service.User(Stranger).GetAsync($"{route}user={other}")).ShouldFailAsync(
            HttpStatusCode.Forbidden,
            "ROLE_REQUIRED",
            "user"
        );

    [Theory]
    [InlineData("/account?")]
    [InlineData("/api/v1/account?")]
    [InlineData("/positions?")]
    [InlineData("/api/v1/audit/events?")]
    public async Task A_user_who_names_themselves_is_answered(string route)
    {
        using var trader = service.Trader();
        foreach (
            var name in (string[])
                [LiveService.UserId, LiveService.Email, " TRADER@example.com ", LiveService.User1.Value]
        )
        {
            (await trader.GetAsync($"{route}user={Uri.EscapeDataString(name)}"))
                .StatusCode.Should()
                .Be(HttpStatusCode.OK, name);
        }
    }

    [Theory]
    [InlineData("/account?")]
    [InlineData("/positions?")]
    [InlineData("/api/v1/audit/events?")]
    [InlineData("/api/v1/audit/deals/1?")]
    public async Task A_name_that_is_none_is_told(string route)
    {
        using var trader = service.Trader();
        foreach (var name in (string[])["", "%20", new string('x', 400)])
        {
            await (await trader.GetAsync($"{route}user={name}")).ShouldFailAsync(
                HttpStatusCode.BadRequest,
                "VALIDATION_ERROR",
                "user"
            );
        }
    }
}
