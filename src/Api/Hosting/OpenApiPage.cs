using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;
using Trading.Api.Access;

namespace Trading.Api.Hosting;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and its page at <c>/docs</c>.</summary>
internal static class OpenApiPage
{
    /// <summary>Where the document is.</summary>
    public const string DocumentPath = "/openapi/{documentName}.json";

    private const string UserScheme = "userToken";
    private const string KeyScheme = "apiKey";

    /// <summary>Describes the endpoints with who may call them.</summary>
    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services) =>
        services.AddOpenApi(
            "v1",
            options =>
            {
                // HEAD is GET without its body: once is enough.
                options.ShouldInclude = described => described.HttpMethod != HttpMethods.Head;
                options.AddDocumentTransformer(
                    (document, context, _) =>
                    {
                        Describe(document, context.ApplicationServices.GetRequiredService<IHttpContextAccessor>());
                        return Task.CompletedTask;
                    }
                );
                // A time with a form of its own is a text all the same.
                options.AddSchemaTransformer(
                    (schema, context, _) =>
                    {
                        var type = context.JsonTypeInfo.Type;
                        if (type == typeof(DateTimeOffset))
                        {
                            schema.Type ??= JsonSchemaType.String;
                        }
                        else if (type == typeof(DateTimeOffset?))
                        {
                            schema.Type ??= JsonSchemaType.String | JsonSchemaType.Null;
                        }

                        return Task.CompletedTask;
                    }
                );
                options.AddOperationTransformer(
                    (operation, context, _) =>
                    {
                        Guard(operation, context);
                        FreshReads.Describe(operation, context);
                        Spell(operation);
                        return Task.CompletedTask;
                    }
                );
            }
        );

    /// <summary>Maps the page, whose parts all come from here: it works without any other host, and below any path.</summary>
    public static void MapOpenApiPage(this IEndpointRouteBuilder routes) =>
        routes
            .MapScalarApiReference(
                "/docs",
                (page, context) =>
                {
                    page.WithTitle("Trading sessions")
                        .WithNonce()
                        .DisableDefaultFonts()
                        .DisableTelemetry()
                        .DisableAgent()
                        .DisableMcp()
                        .HideClientButton();
                    context.Response.OnStarting(Allow, context);
                }
            )
            .DisableHttpMetrics();

    // Only the scripts of the page itself run; its styles are made by them.
    private static Task Allow(object state)
    {
        var context = (HttpContext)state;
        context.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self' 'nonce-{context.Items[ScalarOptions.NonceHttpContextItemKey]}'; "
            + "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return Task.CompletedTask;
    }

    private static void Describe(OpenApiDocument document, IHttpContextAccessor requests)
    {
        document.Info = new()
        {
            Title = "Trading sessions",
            Version = "1",
            Description =
                "Live broker sessions behind an event log. Errors everywhere are {detail, code, field?}. "
                + "Money is exact: read numbers as decimals. HEAD is answered wherever GET is.",
        };
        // Whoever serves the document serves the endpoints, below the same path.
        document.Servers = [new() { Url = $"{requests.HttpContext?.Request.PathBase}/" }];
        document.Components ??= new();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[UserScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description = "A signed-in user's token.",
        };
        document.Components.SecuritySchemes[KeyScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = "X-Api-Key",
            Description = "The key of a role: the operator's or the auditor's.",
        };
    }

    // Arguments gathered in a record are named as its properties are.
    private static void Spell(OpenApiOperation operation)
    {
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            if (parameter is { In: ParameterLocation.Query, Name: { } name })
            {
                parameter.Name = JsonNamingPolicy.CamelCase.ConvertName(name);
            }
        }
    }

    private static void Guard(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var rule = context.Description.ActionDescriptor.EndpointMetadata.OfType<AccessRule>().FirstOrDefault();
        if (rule is null)
        {
            return;
        }

        var schemes = rule.Who switch
        {
            Caller.User => [UserScheme],
            Caller.Operator => [KeyScheme],
            _ => (string[])[UserScheme, KeyScheme],
        };
        operation.Security =
        [
            .. schemes.Select(scheme => new OpenApiSecurityRequirement
            {
                [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [],
            }),
        ];
    }
}
